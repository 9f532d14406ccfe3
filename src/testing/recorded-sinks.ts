import type { StagedOutput } from '../checkpoint/manifest.ts'
import type { SinkOpener } from '../ports/sink.ts'
import type { MemoryWorld } from './memory-world.ts'

/** What one output made visible: its lines by batch time. */
export type OutputLines = Map<number, string[]>

/** Sinks that do what they do, and tell what has become visible, by output. */
export function recordedSinks(open: SinkOpener, world: MemoryWorld, outputs: Map<string, OutputLines>): SinkOpener {
  return (descriptor, name) => {
    const sink = open(descriptor, name)
    return {
      stage: (job) => sink.stage(job),
      async publish(staged, context) {
        await sink.publish(staged, context)
        const lines = outputs.get(name) ?? new Map<number, string[]>()
        outputs.set(name, lines.set(context.attempt.batchTime, await linesOf(world, staged)))
      },
    }
  }
}

async function linesOf(world: MemoryWorld, { destination, detail }: StagedOutput): Promise<string[]> {
  if (destination !== undefined) return (await partsBelow(world, destination)).flatMap(linesIn)
  const text = typeof detail === 'object' && detail !== null && 'text' in detail ? String(detail.text) : ''
  // Spark's form: a ruler, the time, a ruler, the elements, an empty line.
  return linesIn(text).slice(3, -1)
}

async function partsBelow(world: MemoryWorld, destination: string): Promise<string[]> {
  const place = world.place(destination)
  const texts: string[] = []
  for await (const page of place.list('')) {
    for (const { key } of page) {
      if (key.endsWith('_SUCCESS')) continue
      const object = await place.get(key)
      if (object !== undefined) texts.push(new TextDecoder().decode(await object.bytes()))
    }
  }
  return texts
}

/** A line ends with a line feed; what follows the last one is a line only if there is something. */
function linesIn(text: string): string[] {
  const lines = text.split('\n')
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines
}
