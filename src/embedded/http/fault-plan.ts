import type { ServiceName } from './call-counter.ts'

/**
 * What goes wrong: `throttle`, `error-500`, `error-503`: refused, not done; `conflict`: S3's 409 to a conditional write, not done;
 * `dropped`: not done, and the connection is cut; `lost-answer`: done, and the connection is cut instead of an answer;
 * `error`: refused with the error that the fault names; `delay`: done after `delayMs`; `partial`: a PutRecords of which the
 * records named by `fails` are throttled and the others stored.
 */
export type FaultKind =
  | 'throttle'
  | 'error-500'
  | 'error-503'
  | 'conflict'
  | 'error'
  | 'dropped'
  | 'lost-answer'
  | 'delay'
  | 'partial'

/** What a fault is matched against. */
export interface Call {
  readonly service: ServiceName
  /** As the API names it: `PutObject`, `GetRecords`, `UpdateItem`. */
  readonly operation: string
  /** `bucket/key`, the stream's name, or the table's name; empty where there is none. */
  readonly subject: string
  /** The request as the client gave it; JSON services only. */
  readonly input?: unknown
}

/** One thing that is to go wrong, and for which calls. */
export interface Fault {
  readonly service: ServiceName
  /** Every operation of the service if absent. */
  readonly operation?: string
  readonly kind: FaultKind
  /** How many calls it hits, 1 by default. */
  readonly times?: number
  /** For `delay`: milliseconds before the call is done. */
  readonly delayMs?: number
  /** For `error`: an HTTP status, the service's name of the error (`ExpiredIteratorException`), a message. */
  readonly error?: { readonly status: number; readonly code: string; readonly message: string }
  /** For `partial`: whether the record at this index is throttled; every second one by default. */
  readonly fails?: (index: number) => boolean
  readonly match?: (call: Call) => boolean
}

/**
 * The faults that are still to come: each hits the next calls that it matches, in the order in which faults were planned.
 *
 * @example
 * ```ts
 * import { HeadBucketCommand } from '@aws-sdk/client-s3'
 *
 * cloud.faults.next({ service: 's3', operation: 'HeadBucket', kind: 'error-503' })
 * cloud.faults.remaining // 1
 * // The client tries again by itself.
 * await clients.s3.send(new HeadBucketCommand({ Bucket: 'data' }))
 * cloud.faults.remaining // 0
 * ```
 */
export class FaultPlan {
  readonly #pending: { readonly fault: Fault; left: number }[] = []

  /** Plans a fault, after those that are planned already. */
  next(fault: Fault): void {
    this.#pending.push({ fault, left: fault.times ?? 1 })
  }

  /** Forgets all faults that have not hit. */
  clear(): void {
    this.#pending.length = 0
  }

  /** Hits that are still to come; 0 tells a test that its fault was met. */
  get remaining(): number {
    return this.#pending.reduce((sum, { left }) => sum + left, 0)
  }

  /** Takes the first fault that hits this call, for the servers. */
  take(call: Call): Fault | undefined {
    const index = this.#pending.findIndex(({ fault }) => hits(fault, call))
    const found = this.#pending[index]
    if (!found) return undefined
    found.left -= 1
    if (found.left <= 0) this.#pending.splice(index, 1)
    return found.fault
  }
}

function hits(fault: Fault, call: Call): boolean {
  if (fault.service !== call.service) return false
  if (fault.operation !== undefined && fault.operation !== call.operation) return false
  return fault.match === undefined || fault.match(call)
}
