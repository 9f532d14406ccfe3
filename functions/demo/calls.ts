import type { CallCounter, CallCounts } from 'sluice/embedded'

const SERVICES = { kinesis: 'Kinesis', s3: 'S3', dynamodb: 'DynamoDB' } as const

/** The calls of the demonstration itself, which feeds the stream beside the application. */
const FEEDER = 'PutRecords'

/** Counts the calls of each batch: all that reached the services since the batch before (by HTTP requests, too), less the feeder's. */
export class CallsByBatch {
  readonly #calls: CallCounter
  #before: CallCounts

  constructor(calls: CallCounter) {
    this.#calls = calls
    this.#before = calls.snapshot()
  }

  /** One line for each service: `S3 9 (PutObject 6, ListObjectsV2 3)`. */
  take(): string[] {
    const [before, now] = [this.#before, this.#calls.snapshot()]
    this.#before = now
    return Object.entries(SERVICES).map(([service, name]) => {
      const key = service as keyof typeof SERVICES
      const made = Object.entries(now[key])
        .map(([operation, count]) => [operation, count - (before[key][operation] ?? 0)] as const)
        .filter(([operation, count]) => count > 0 && operation !== FEEDER)
      const total = made.reduce((sum, [, count]) => sum + count, 0)
      const operations = made.map(([operation, count]) => `${operation} ${count}`).join(', ')
      return `${name} ${total}${total === 0 ? '' : ` (${operations})`}`
    })
  }
}
