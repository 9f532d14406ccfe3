/** The services that the embedded cloud speaks for. */
export type ServiceName = 's3' | 'kinesis' | 'dynamodb'

/** Calls by service, then by operation: `{ s3: { PutObject: 3 }, … }`. */
export type CallCounts = Readonly<Record<ServiceName, Readonly<Record<string, number>>>>

/**
 * Counts the calls that reached the servers, also those that a fault then refused.
 *
 * @example
 * ```ts
 * cloud.calls.count('s3', 'PutObject') // 3
 * cloud.calls.count('s3') // all operations
 * ```
 */
export class CallCounter {
  readonly #counts: Record<ServiceName, Record<string, number>> = { s3: {}, kinesis: {}, dynamodb: {} }

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

  reset(): void {
    for (const service of ['s3', 'kinesis', 'dynamodb'] as const) this.#counts[service] = {}
  }
}
