import type { BatchTime } from '../checkpoint/attempt.ts'
import type { StagedOutput } from '../checkpoint/manifest.ts'
import type { OutputJob, Sink, SinkOpener } from '../ports/sink.ts'
import { assert } from '../util/assert.ts'
import { SluiceError } from '../util/errors.ts'
import { excerpt } from '../util/excerpt.ts'
import { elementText } from '../util/text.ts'

const KIND = 'print'
const RULER = '-'.repeat(43)

/**
 * Opens what `print` writes: the first elements of each batch, in Spark's form. `write` gets a batch's whole text at
 * once; a batch may be written again after a crash, as nothing tells what has been printed.
 */
export function printSinkOpener(write: (text: string) => void | Promise<void>): SinkOpener {
  return ({ options }) => {
    const { num = 10 } = options
    if (typeof num !== 'number' || !Number.isSafeInteger(num) || num < 0) throw badNum(num)
    return new PrintSink(num, write)
  }
}

class PrintSink implements Sink {
  readonly #num: number
  readonly #write: (text: string) => void | Promise<void>

  constructor(num: number, write: (text: string) => void | Promise<void>) {
    this.#num = num
    this.#write = write
  }

  async stage(job: OutputJob): Promise<StagedOutput> {
    const first = await job.take(this.#num + 1)
    const text = printed(first, this.#num, job.attempt.batchTime)
    return { output: job.output, kind: KIND, files: [], detail: { text } }
  }

  async publish({ output, detail }: StagedOutput): Promise<void> {
    const text = typeof detail === 'object' && detail !== null && 'text' in detail ? detail.text : undefined
    assert(typeof text === 'string', `nothing to print was staged by ${output}`)
    await this.#write(text)
  }
}

function printed(first: readonly unknown[], num: number, batchTime: BatchTime): string {
  const lines = [RULER, `Time: ${batchTime} ms`, RULER, ...first.slice(0, num).map(elementText)]
  if (first.length > num) lines.push('...')
  return `${lines.join('\n')}\n\n`
}

function badNum(num: unknown): SluiceError {
  return new SluiceError({
    code: 'bad-option',
    kind: 'invalid',
    message: `The number of elements to print must be a whole number from 0: ${excerpt(num)}`,
  })
}
