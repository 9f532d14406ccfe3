import type { Attempt } from '../checkpoint/attempt.ts'
import type { StagedOutput } from '../checkpoint/manifest.ts'
import type { Closing, SinkOpener } from '../ports/sink.ts'
import { type Contents, placeUrl } from './memory-world.ts'

/** What one output made visible, by batch time. */
export type Published = Map<number, StagedOutput>

/** Sinks that do what they do, and note what has become visible, by output. */
export function recordedSinks(open: SinkOpener, published: Map<string, Published>): SinkOpener {
  return (descriptor, name) => {
    const sink = open(descriptor, name)
    const note: Note = (staged, { batchTime }) => {
      const known = published.get(name) ?? new Map<number, StagedOutput>()
      published.set(name, known.set(batchTime, staged))
    }
    return {
      stage: (job) => sink.stage(job),
      async publish(staged, context) {
        await sink.publish(staged, context)
        if (sink.closing === undefined) note(staged, context.attempt)
      },
      closing: sink.closing && recordedClosing(sink.closing, note),
    }
  }
}

type Note = (staged: StagedOutput, attempt: Attempt) => void

/** Whoever closed it may have died of that, before it noted so. */
function recordedClosing(closing: Closing, note: Note): Closing {
  return {
    async close(staged, context) {
      await closing.close(staged, context)
      note(staged, context.attempt)
    },
    async isClosed(staged, attempt) {
      const closed = await closing.isClosed(staged, attempt)
      if (closed) note(staged, attempt)
      return closed
    },
  }
}

/** The lines of what was made visible. Files are read at the end of a run, once, and not after each of its batches. */
export function linesOf({ destination, detail }: StagedOutput, contents: Contents): string[] {
  if (destination !== undefined) {
    const files = contents.get(placeUrl(destination)) ?? []
    return files.flatMap(({ key, text }) => (key.endsWith('_SUCCESS') ? [] : linesIn(text)))
  }
  const text = typeof detail === 'object' && detail !== null && 'text' in detail ? String(detail.text) : ''
  // Spark's form: a ruler, the time, a ruler, the elements, an empty line.
  return linesIn(text).slice(3, -1)
}

/** A line ends with a line feed; what follows the last one is a line only if there is something. */
function linesIn(text: string): string[] {
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  return lines
}
