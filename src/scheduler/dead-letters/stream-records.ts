import type { OffsetRange, SourcePlan } from '../../checkpoint/plan.ts'
import type { ObjectStore } from '../../ports/object-store.ts'
import type { Chunks, RawRecord, Source } from '../../ports/source.ts'
import { ownElement } from '../../rdd/own-element.ts'
import { assert } from '../../util/assert.ts'
import { messageOf, SluiceError } from '../../util/errors.ts'
import { type DeadLetter, readLetters, recordOf } from './dead-letter.ts'

/** The records of one stream's part of a plan, undecoded: those of its ranges, then the dead letters that are read again. */
export class StreamRecords {
  readonly partitions: number
  readonly #source: Source
  readonly #objects: ObjectStore
  readonly #cut: SourcePlan

  constructor(source: Source, objects: ObjectStore, cut: SourcePlan) {
    this.#source = source
    this.#objects = objects
    this.#cut = cut
    this.partitions = cut.ranges.length + (cut.retried?.length ?? 0)
  }

  async *read(partition: number, signal: AbortSignal): AsyncGenerator<readonly RawRecord[]> {
    const { ranges } = this.#cut
    const letters = partition < ranges.length ? [] : await this.#letters(partition)
    const range = ranges[partition] ?? rangeOf(letters)
    if (range === undefined) yield letters.map(recordOf)
    else if (this.#source.raw !== undefined) yield* this.#source.raw.read(range, signal)
    else yield* asTheyAre(this.#source.read(range, signal), range.partition)
  }

  /** What is set apart as a whole, if reading a partition has thrown this because its content cannot be decoded. */
  async undecodable(partition: number, error: unknown): Promise<UndecodableRange | undefined> {
    const range = this.#cut.ranges[partition]
    if (range !== undefined) return this.#source.isUndecodable?.(error) === true ? { range } : undefined
    const letters = await this.#letters(partition)
    const again = rangeOf(letters)
    if (again === undefined || !(error instanceof SluiceError) || error.kind !== 'data') return undefined
    // Also a file that is gone: it was set apart once, and no batch is to fail for it now.
    return { range: again, retries: (letters[0]?.retries ?? 0) + 1 }
  }

  /** Of a partition that reads them again. */
  async #letters(partition: number): Promise<readonly DeadLetter[]> {
    const { ranges, retried = [] } = this.#cut
    const letters = retried[partition - ranges.length]
    assert(letters !== undefined, `a stream of ${this.partitions} partitions has no partition ${partition}`)
    return readLetters(this.#objects, letters)
  }

  /** What functions do to the element is nothing to the record, which a letter is to have as it came. */
  decode(record: RawRecord): unknown {
    return this.#source.raw === undefined ? ownElement(record.payload) : this.#source.raw.decode(record)
  }

  /** In a batch whose bad records are left out already. */
  decodeGood(record: RawRecord): unknown {
    try {
      return this.decode(record)
    } catch (cause) {
      throw new SluiceError({
        code: 'record-undecodable',
        kind: 'data',
        message: `A record could be decoded when it was tried, and now it cannot; make decoding depend on nothing but the record (${messageOf(cause)}): ${JSON.stringify(record.position)}`,
        cause,
      })
    }
  }

  describe(partition: number, index: number): string {
    const { ranges, retried = [] } = this.#cut
    const range = ranges[partition]
    if (range !== undefined) return this.#source.describe(range, index)
    return `dead letter ${index + 1} of batch ${retried[partition - ranges.length]?.batchTime} ms`
  }
}

export interface UndecodableRange {
  readonly range: OffsetRange
  /** How often it was read again. */
  readonly retries?: number
}

/** A letter for a whole range is the only one of its object. */
function rangeOf([letter]: readonly DeadLetter[]): OffsetRange | undefined {
  return letter?.payload.kind === 'range' ? letter.payload.range : undefined
}

/** Of a source that makes elements of its own, the element is all there is. */
async function* asTheyAre(chunks: Chunks<unknown>, partition: string): AsyncGenerator<readonly RawRecord[]> {
  let record = 0
  for await (const chunk of chunks)
    yield chunk.map((payload) => ({ payload, position: { partition, record: ++record } }))
}
