import type { SinkDescriptor } from '../ports/sink.ts'
import type { CallSite } from '../rdd/call-site.ts'
import type { RDD } from '../rdd/rdd.ts'
import type { OptionsForm } from '../util/option-object.ts'
import type { Time } from '../util/time.ts'
import type { StreamNode } from './stream-node.ts'

/** What a `foreachRDD` function knows of the output that it carries out. */
export interface Output {
  readonly name: string
  /**
   * One string for this application, incarnation, batch, output and partition: the same in every attempt at the batch.
   * Whoever writes it beside the data can tell that a batch is there already. That of a replay, which calls functions only when
   * it is told to, begins with `replay:` and is new each time.
   */
  token(partition?: number): string
  /**
   * Greater, compared as text, for each later batch of the application, also after a reset; the same in every attempt, and in a
   * replay of the batch. Who keeps it with what is written can refuse what comes late: `keyedWrites` does.
   */
  readonly mark: string
  /** Aborted at the deadline. */
  readonly signal: AbortSignal
}

/** What `foreachRDD` calls with each dataset of the stream and its batch time; a promise is waited for. */
export type ForeachFunction<T> = (rdd: RDD<T>, time: Time, output: Output) => unknown

/** An output operation: carried out by a sink, or by a function of the user. */
export interface OutputNode {
  readonly kind: string
  readonly site: CallSite
  readonly stream: StreamNode<unknown>
  /** Given by the user; by default the kind and the place among outputs of that kind. */
  readonly name?: string | undefined
  readonly sink?: SinkDescriptor
  /** Where its files go: no two outputs may share one. */
  readonly place?: string
  readonly fn?: ForeachFunction<unknown>
}

/** What every output operation accepts beyond Spark's arguments. */
export interface OutputOptions {
  /** Stable name: addresses shadow replays, dead letters and tests, and makes side effects idempotent. */
  readonly name?: string | undefined
}

export const OUTPUT_FORM: OptionsForm<OutputOptions> = { example: "…, { name: 'counts' }", names: { name: true } }
