import type { Chunks } from '../ports/source.ts'
import { sizeOf } from '../rdd/size-of.ts'

/** Memory for what the readers of a batch share, in estimated bytes; one for all its inputs. */
export class ReadBudget {
  #bytes: number

  constructor(bytes: number) {
    this.#bytes = bytes
  }

  /** Whether there is room for so much; if so, it is taken. */
  take(bytes: number): boolean {
    if (bytes > this.#bytes) return false
    this.#bytes -= bytes
    return true
  }

  giveBack(bytes: number): void {
    this.#bytes += bytes
  }
}

/**
 * A range that several jobs of a batch read. The source is asked once: what has come is kept for the other readers, which may
 * run side by side, and a reader that stops early leaves the rest to them. Only records that nobody can change are shared;
 * where there are others, where memory ends or reading fails, each reader asks the source itself from then on.
 */
export class SharedRead<T> {
  readonly #open: (signal: AbortSignal) => AsyncIterable<readonly T[]>
  readonly #budget: ReadBudget
  #kept: (readonly T[])[] = []
  #keptBytes = 0
  #rest: AsyncIterator<readonly T[]> | undefined
  /** While a reader waits for the next chunk. */
  #pulling: Promise<IteratorResult<readonly T[]>> | undefined
  #isComplete = false
  #isGivenUp = false

  constructor(open: (signal: AbortSignal) => Chunks<T>, budget: ReadBudget) {
    this.#open = (signal) => toCome(open(signal))
    this.#budget = budget
  }

  async *read(signal: AbortSignal): AsyncGenerator<readonly T[]> {
    let records = 0
    for (let at = 0; !this.#isGivenUp; at++) {
      while (at === this.#kept.length && this.#pulling) await this.#pulling.catch(() => {})
      const known = this.#kept[at]
      if (known) {
        records += known.length
        yield known
      } else if (!this.#isGivenUp) {
        if (this.#isComplete) return
        this.#rest ??= this.#open(signal)[Symbol.asyncIterator]()
        const rest = this.#rest
        const step = await this.#pull(rest)
        if (step.done === true) return
        // Nobody else has what does not fit, so whoever pulled it goes on alone.
        if (this.#isGivenUp) return yield* beginningWith(step.value, rest)
        records += step.value.length
        yield step.value
      }
    }
    yield* behind(this.#open(signal), records)
  }

  /** Ends the reading, and lets go of what is kept. */
  async close(): Promise<void> {
    const rest = this.#rest
    this.#giveUp()
    await rest?.return?.()
  }

  #pull(rest: AsyncIterator<readonly T[]>): Promise<IteratorResult<readonly T[]>> {
    this.#pulling = this.#advance(rest)
    return this.#pulling
  }

  async #advance(rest: AsyncIterator<readonly T[]>): Promise<IteratorResult<readonly T[]>> {
    try {
      const step = await rest.next()
      if (step.done === true) this.#isComplete = true
      else this.#keep(step.value)
      return step
    } catch (cause) {
      this.#giveUp()
      throw cause
    } finally {
      this.#pulling = undefined
    }
  }

  #keep(chunk: readonly T[]): void {
    const bytes = sizeOf(chunk)
    if (!this.#isGivenUp && chunk.every(isUnchangeable) && this.#budget.take(bytes)) {
      this.#kept.push(chunk)
      this.#keptBytes += bytes
    } else this.#giveUp()
  }

  #giveUp(): void {
    this.#isGivenUp = true
    this.#rest = undefined
    this.#kept = []
    this.#budget.giveBack(this.#keptBytes)
    this.#keptBytes = 0
  }
}

/** A function of one reader may change the objects that it is given; another reader must not see that. */
function isUnchangeable(record: unknown): boolean {
  return record === null || (typeof record !== 'object' && typeof record !== 'function')
}

async function* toCome<T>(chunks: Chunks<T>): AsyncGenerator<readonly T[]> {
  yield* chunks
}

async function* beginningWith<T>(chunk: readonly T[], rest: AsyncIterator<readonly T[]>): AsyncGenerator<readonly T[]> {
  try {
    yield chunk
    for (let step = await rest.next(); step.done !== true; step = await rest.next()) yield step.value
  } finally {
    await rest.return?.()
  }
}

/** Without the first records, which may come in other chunks than before. */
async function* behind<T>(chunks: AsyncIterable<readonly T[]>, records: number): AsyncGenerator<readonly T[]> {
  let left = records
  for await (const chunk of chunks) {
    if (left < chunk.length) yield left === 0 ? chunk : chunk.slice(left)
    left = Math.max(0, left - chunk.length)
  }
}
