/** The services that the embedded cloud speaks for. */
export type ServiceName = 's3' | 'kinesis' | 'dynamodb'

/** Calls by service, then by operation: `{ s3: { PutObject: 3 }, … }`. */
export type CallCounts = Readonly<Record<ServiceName, Readonly<Record<string, number>>>>

/**
 * Counts the calls that reached the servers, also those that a fault then refused.
 *
 * @example
 * ```ts
 * import { HeadBucketCommand } from '@aws-sdk/client-s3'
 *
 * cloud.calls.reset()
 * await clients.s3.send(new HeadBucketCommand({ Bucket: 'data' }))
 * cloud.calls.count('s3', 'HeadBucket') // 1
 * cloud.calls.count() // 1
 * cloud.calls.snapshot() // { s3: { HeadBucket: 1 }, kinesis: {}, dynamodb: {} }
 * ```
 */
export class CallCounter {
  readonly #counts: Record<ServiceName, Record<string, number>> = { s3: {}, kinesis: {}, dynamodb: {} }

  /** Counts one call; the servers do. */
  add(service: ServiceName, operation: string): void {
    const operations = this.#counts[service]
    operations[operation] = (operations[operation] ?? 0) + 1
  }

  /** Calls of one operation, of one service, or of all. */
  count(service?: ServiceName, operation?: string): number {
    if (service === undefined) return this.count('s3') + this.count('kinesis') + this.count('dynamodb')
    if (operation !== undefined) return this.#counts[service][operation] ?? 0
    return Object.values(this.#counts[service]).reduce((sum, calls) => sum + calls, 0)
  }

  /** A copy that later calls do not change; subtract two to see what a batch cost. */
  snapshot(): CallCounts {
    return structuredClone(this.#counts)
  }

  /** Begins anew at zero. */
  reset(): void {
    for (const service of ['s3', 'kinesis', 'dynamodb'] as const) this.#counts[service] = {}
  }
}
