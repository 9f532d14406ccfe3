import type { Fault } from '../http/fault-plan.ts'
import type { Input } from './input.ts'
import type { Streams } from './streams.ts'

/** What an operation answers: an object to be sent as JSON, JSON in pieces, or nothing. */
export type Answer = object | readonly Buffer[] | undefined

/** One API operation; throws a `ServiceError` for what it refuses. */
export type Operation = (streams: Streams, input: Input, fault?: Fault) => Answer
