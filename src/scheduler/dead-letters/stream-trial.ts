import type { BatchTime } from '../../checkpoint/attempt.ts'
import type { BadRecordQuota } from '../../dstream/sources/bad-records.ts'
import type { RawRecord } from '../../ports/source.ts'
import type { RecordFailure, TriedRecords } from '../../rdd/nodes/tried.ts'
import { messageOf, SluiceError } from '../../util/errors.ts'
import { BadPlaces } from './bad-places.ts'
import { type DeadLetter, type LetterError, payloadOf, type RetriedRecord } from './dead-letter.ts'
import type { StreamRecords, UndecodableRange } from './stream-records.ts'

/** Dead letters wait in memory until all are found. */
const MAX_BYTES = 64 * 1024 * 1024
/** Errors may quote the record. */
const MAX_MESSAGE = 2_000
/** Named when there are too many. */
const NAMED = 3

export interface StreamTrialOptions {
  readonly stream: string
  readonly batchTime: BatchTime
  readonly records: StreamRecords
  readonly quota: BadRecordQuota
}

/** The trial of one stream's records. Each bad one is found once, by the first function that throws at it. */
export class StreamTrial implements TriedRecords<RawRecord, unknown> {
  readonly partitions: number
  readonly #options: StreamTrialOptions
  #letters: DeadLetter[] = []
  readonly #places = new BadPlaces()
  readonly #counts: number[] = []
  #bytes = 0

  constructor(options: StreamTrialOptions) {
    this.#options = options
    this.partitions = options.records.partitions
  }

  async *read(partition: number, signal: AbortSignal): AsyncGenerator<readonly RawRecord[]> {
    const { stream, records } = this.#options
    if (this.#places.isWhole(stream, partition)) return
    let count = 0
    try {
      for await (const chunk of records.read(partition, signal)) {
        count += chunk.length
        yield chunk
      }
      this.#counts[partition] = count
    } catch (cause) {
      const whole = await records.undecodable(partition, cause)
      if (whole === undefined) throw cause
      this.#setApart(partition, whole, cause)
    }
  }

  readonly decode = (record: RawRecord): unknown => this.#options.records.decode(record)

  known(partition: number): (index: number) => boolean {
    const { stream } = this.#options
    // Looked up anew for each: a union takes the same partition several times, side by side.
    return (index) => this.#places.of(stream, partition).has(index)
  }

  failed({ partition, index, record, operator, cause }: RecordFailure<RawRecord>): void {
    const { stream } = this.#options
    if (this.#places.isWhole(stream, partition)) return
    const { position } = record
    const { retries } = record as Partial<RetriedRecord>
    const payload = payloadOf(record)
    this.#bytes += payload.kind === 'text' ? payload.text.length : payload.base64.length
    if (this.#bytes > MAX_BYTES) throw this.#tooMany(`together they may have ${MAX_BYTES} bytes`)
    this.#add({ error: errorOf(cause, operator), position, payload, retries, place: { partition, index } })
  }

  /** All of a partition: half of what cannot be decoded is not right, as half of a record is not. */
  #setApart(partition: number, { range, retries }: UndecodableRange, cause: unknown): void {
    if (this.#places.isWhole(this.#options.stream, partition)) return
    this.#letters = this.#letters.filter(({ place }) => place.partition !== partition)
    this.#counts[partition] = 1
    const position = { partition: range.partition, until: range.until }
    const payload = { kind: 'range', range } as const
    this.#add({ error: errorOf(cause), position, payload, retries, place: { partition, index: 0 } })
  }

  #add({ retries, ...found }: Omit<DeadLetter, 'stream' | 'batchTime' | 'retries'> & Again): void {
    const { stream, batchTime, quota } = this.#options
    const letter: DeadLetter = { stream, batchTime, ...found, ...(retries === undefined ? {} : { retries }) }
    this.#places.addLetter(letter)
    this.#letters.push(letter)
    if (this.#letters.length > quota.maxRecords) throw this.#tooMany(`its quota is ${quota.maxRecords} records`)
  }

  /** The bad records, in the order of the input. */
  end(): DeadLetter[] {
    const { maxShare } = this.#options.quota
    const records = this.#counts.reduce((sum, count) => sum + count, 0)
    if (this.#letters.length > maxShare * records)
      throw this.#tooMany(`its quota is a share of ${maxShare}, and ${this.#letters.length} of ${records} are bad`)
    return this.#letters.sort((a, b) => a.place.partition - b.place.partition || a.place.index - b.place.index)
  }

  #tooMany(quota: string): SluiceError {
    const first = this.#letters.slice(0, NAMED).map(({ error, position }) => {
      const operator = error.operator === undefined ? '' : `${error.operator}: `
      return `${operator}${error.message.slice(0, 200)} at ${JSON.stringify(position)}`
    })
    return new SluiceError({
      code: 'too-many-dead-letters',
      kind: 'data',
      message: `Too many records of stream ${this.#options.stream} are bad (${quota}); mend what fails, raise the quota of onBadRecord, or skip the batch; among them: ${first.join('; ')}`,
    })
  }
}

interface Again {
  readonly retries: number | undefined
}

function errorOf(cause: unknown, operator?: string): LetterError {
  const code = cause instanceof SluiceError ? cause.code : 'user-function-failed'
  const message = messageOf(cause).slice(0, MAX_MESSAGE)
  return { code, message, ...(operator === undefined ? {} : { operator }) }
}
