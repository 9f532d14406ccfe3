import type { Element } from '../rdd/element.ts'
import { checkPartitions, type Partitioner } from '../rdd/partitioner.ts'
import { SluiceError } from '../util/errors.ts'
import { Duration, type Time } from '../util/time.ts'
import type { InitialState } from './operators/initial-state.ts'
import type { State } from './state.ts'
import { checkCodec, type StateCodec } from './state-codec.ts'
import { checkStateVersion, type StateVersionOptions } from './state-version.ts'

/** Called once for each record; what it returns is put out, `undefined` too. `value` is `undefined` when the key times out. */
export type MappingFunction<K, V, S, E> = (key: K, value: V | undefined, state: State<S>) => E

/** As `MappingFunction`, told the batch time; `undefined` puts out nothing. */
export type TimedMappingFunction<K, V, S, E> = (
  time: Time,
  key: K,
  value: V | undefined,
  state: State<S>,
) => E | undefined

/** What the mapping function is, told apart by its number of parameters. */
export type StateMapping<K, V, S, E> =
  | { readonly kind: 'simple'; readonly f: MappingFunction<K, V, S, E> }
  | { readonly kind: 'timed'; readonly f: TimedMappingFunction<K, V, S, E> }

/**
 * What `mapWithState` does: its function, the state that it begins with, when keys time out, how it is partitioned.
 *
 * @example
 * ```ts
 * const count = (word: string, one: number | undefined, state: State<number>) => {
 *   const n = (state.getOption() ?? 0) + (one ?? 0)
 *   if (!state.isTimingOut()) state.update(n)
 *   return `${word}: ${n}`
 * }
 * const spec = StateSpec.function(count).initialState([['boat', 7]]).timeout(minutes(30)).numPartitions(2)
 * const ones = words.map((word) => [word, 1])
 * ones.mapWithState(spec) // [['row: 1', 'row: 2'], ['row: 3', 'your: 1', 'boat: 8']]
 * // With the batch time first, what returns undefined puts out nothing.
 * StateSpec.function((time: Time, word: string, one: number | undefined, state: State<number>) => undefined)
 * StateSpec.function(count).partitioner(new HashPartitioner(4))
 * StateSpec.function(count).version(2, (count: string) => Number(count))
 * StateSpec.function(count).codec({ encode: (n) => `n${n}`, decode: (text) => Number(text.slice(1)) })
 * ```
 */
export class StateSpec<K, V, S, E> {
  readonly mapping: StateMapping<K, V, S, E>
  #initialState: InitialState<K, S> | undefined
  #partitioning: number | Partitioner | undefined
  #timeout: Duration | undefined
  #codec: StateCodec<S> | undefined
  #versions: StateVersionOptions<S> = {}

  private constructor(mapping: StateMapping<K, V, S, E>) {
    this.mapping = mapping
  }

  /** Begins with a function of key, value and state; of four parameters, the first is the batch time. */
  static function<K, V, S, E extends Element>(f: MappingFunction<K, V, S, E>): StateSpec<K, V, S, E>
  static function<K, V, S, E extends Element>(f: TimedMappingFunction<K, V, S, E>): StateSpec<K, V, S, E>
  static function<K, V, S, E extends Element>(
    f: MappingFunction<K, V, S, E> | TimedMappingFunction<K, V, S, E>,
  ): StateSpec<K, V, S, E> {
    if (typeof f !== 'function') throw invalid(`StateSpec.function needs a function: ${typeof f}`)
    return new StateSpec<K, V, S, E>(
      f.length === 4
        ? { kind: 'timed', f: f as TimedMappingFunction<K, V, S, E> }
        : { kind: 'simple', f: f as MappingFunction<K, V, S, E> },
    )
  }

  /** State to begin with, as of the first batch; of several entries for a key the last counts. */
  initialState(pairs: InitialState<K, S>): this {
    this.#initialState = pairs
    return this
  }

  /** How many partitions the state has; replaces `partitioner`. Refuses a bad number with code `bad-partition-count`. */
  numPartitions(count: number): this {
    this.#partitioning = checkPartitions(count)
    return this
  }

  /** How keys are assigned to partitions; replaces `numPartitions`. */
  partitioner(partitioner: Partitioner): this {
    this.#partitioning = partitioner
    return this
  }

  /**
   * How long a key may be idle: afterwards the function is called with the value `undefined`, and the key removed. Looked at
   * in every tenth batch, or as `checkpoint` on the result says. Refused with code `bad-state-spec` unless it is positive.
   */
  timeout(idle: Duration): this {
    if (!(idle instanceof Duration) || idle.milliseconds <= 0) {
      throw invalid(`The timeout of a state is a positive Duration, as in seconds(30): ${idle}`)
    }
    this.#timeout = idle
    return this
  }

  /** How state that is not plain data is stored. Refused with code `bad-state-codec` without its two functions. */
  codec<D>(codec: StateCodec<S, D>): this {
    this.#codec = checkCodec(codec as StateCodec<S>)
    return this
  }

  /**
   * Which form the state has, and what makes it from state of an earlier form: called once for each key, in the first batch that
   * has this version. State begins with version 1. Refused with code `bad-state-version` unless it is a whole number from 1.
   */
  version<Old = unknown>(version: number, migrate?: (state: Old, fromVersion: number) => S | undefined): this {
    this.#versions = {
      stateVersion: checkStateVersion(version),
      ...(migrate ? { migrate } : {}),
    } as StateVersionOptions<S>
    return this
  }

  /** What was said, for whoever carries it out. */
  get options(): StateSpecOptions<K, S> {
    return {
      initialState: this.#initialState,
      partitioning: this.#partitioning,
      timeout: this.#timeout,
      codec: this.#codec,
      versions: this.#versions,
    }
  }
}

/** What a `StateSpec` says beside its function. */
export interface StateSpecOptions<K, S> {
  readonly initialState: InitialState<K, S> | undefined
  readonly partitioning: number | Partitioner | undefined
  readonly timeout: Duration | undefined
  readonly codec: StateCodec<S> | undefined
  readonly versions: StateVersionOptions<S>
}

function invalid(message: string): SluiceError {
  return new SluiceError({ code: 'bad-state-spec', kind: 'invalid', message })
}
