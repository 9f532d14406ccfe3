import { type CallSite, callSite } from '../../rdd/call-site.ts'
import type { Value } from '../../rdd/element.ts'
import type { Partitioner } from '../../rdd/partitioner.ts'
import { RDD } from '../../rdd/rdd.ts'
import { SluiceError } from '../../util/errors.ts'
import { type OptionsForm, optionObject } from '../../util/option-object.ts'
import type { DStream, MapWithStateDStream } from '../dstream.ts'
import type { InitialState } from '../operators/initial-state.ts'
import type { IteratorUpdateFunction } from '../operators/iterator-update.ts'
import { mapWithStateStream } from '../operators/map-with-state.ts'
import {
  type StateUpdate,
  type TimedUpdateFunction,
  type UpdateFunction,
  updateStateByKeyStream,
} from '../operators/update-state-by-key.ts'
import type { KeyOf, ValueOf } from '../pair.ts'
import { checkCodec, type StateCodec } from '../state-codec.ts'
import type { StateSpec } from '../state-spec.ts'
import { checkStateVersion, type StateVersionOptions } from '../state-version.ts'
import type { StreamNode } from '../stream-node.ts'
import { WindowOperations } from './window-operations.ts'

/** What `updateStateByKey` can be told. */
export interface UpdateStateOptions<K, S> extends StateVersionOptions<S> {
  /** Where it is another than before, the stored state moves to where its keys belong now. */
  readonly numPartitions?: number | undefined
  /** How keys are assigned to partitions; instead of `numPartitions`. */
  readonly partitioner?: Partitioner | undefined
  /** State to begin with; of several entries for a key the first counts. */
  readonly initialState?: InitialState<K, S> | undefined
  /** Whether later operators on keys find them in place, which is so by default. */
  readonly rememberPartitioner?: boolean | undefined
  /** How state that is not plain data is stored. */
  readonly codec?: StateCodec<S> | undefined
}

const UPDATE_STATE_FORM: OptionsForm<UpdateStateOptions<never, never>> = {
  example: 'updateStateByKey(f, { numPartitions: 4 })',
  names: {
    numPartitions: true,
    partitioner: true,
    initialState: true,
    rememberPartitioner: true,
    codec: true,
    stateVersion: true,
    migrate: true,
  },
}

/** Operators whose state the user's functions keep. */
export abstract class StateOperations<T> extends WindowOperations<T> {
  /** The stream of `mapWithState`, which has snapshots besides. */
  protected abstract deriveWithState<K, S, E>(
    node: StreamNode<E>,
    partitioner: Partitioner,
  ): MapWithStateDStream<K, S, E>

  /**
   * The state of every key, updated in every batch: `f` gets a key's values in the batch and its state so far, and returns the
   * new state, or `undefined` to remove the key. It is called for keys without values, too. Other forms of `f` are told the
   * batch time and the key, or replace the state of a whole partition.
   *
   * @example
   * ```ts
   * const ones = words.map((word) => [word, 1])
   * const counts = ones.updateStateByKey<number>((ones, count = 0) => count + ones.length)
   * counts // [[['row', 2]], [['row', 3], ['your', 1], ['boat', 1]]]
   * const total = (ones: number[], count: number | undefined) => (count ?? 0) + ones.length
   * ones.updateStateByKey(total, new HashPartitioner(2), [['row', 7]]) // [[['row', 9]], [['row', 10], ['your', 1], ['boat', 1]]]
   *
   * const lastSeen = (time: Time, word: string, ones: number[], at: number | undefined) =>
   *   ones.length > 0 ? time.milliseconds : at
   * ones.updateStateByKey(lastSeen, new HashPartitioner(2), true).count() // [[1], [3]]
   * ones.updateStateByKey<number>(
   *   function* (updates) {
   *     for (const [word, ones, count = 0] of updates) yield [word, count + ones.length]
   *   },
   *   new HashPartitioner(2),
   *   true,
   * ) // [[['row', 2]], [['row', 3], ['your', 1], ['boat', 1]]]
   *
   * // State that had another form is made new, key by key, in the first batch of this version.
   * const count = (ones: number[], { n } = { n: 0 }) => ({ n: n + ones.length })
   * const migrate = (count: number) => ({ n: count })
   * ones.updateStateByKey(count, { stateVersion: 2, migrate }).mapValues(({ n }) => n) // [[['row', 2]], [['row', 3], ['your', 1], ['boat', 1]]]
   * ```
   */
  updateStateByKey<S extends Value>(
    this: DStream<[KeyOf<T>, ValueOf<T>]>,
    f: UpdateFunction<ValueOf<T>, S>,
    partitioning?: number | Partitioner | UpdateStateOptions<KeyOf<T>, S>,
    initialState?: InitialState<KeyOf<T>, S>,
  ): DStream<[KeyOf<T>, S]>
  updateStateByKey<S extends Value>(
    this: DStream<[KeyOf<T>, ValueOf<T>]>,
    f: IteratorUpdateFunction<KeyOf<T>, ValueOf<T>, S>,
    partitioner: Partitioner | UpdateStateOptions<KeyOf<T>, S>,
    rememberPartitioner: boolean,
    initialState?: InitialState<KeyOf<T>, S>,
  ): DStream<[KeyOf<T>, S]>
  updateStateByKey<S extends Value>(
    this: DStream<[KeyOf<T>, ValueOf<T>]>,
    f: TimedUpdateFunction<KeyOf<T>, ValueOf<T>, S>,
    partitioner: Partitioner | UpdateStateOptions<KeyOf<T>, S>,
    rememberPartitioner: boolean,
    initialState?: InitialState<KeyOf<T>, S>,
  ): DStream<[KeyOf<T>, S]>
  updateStateByKey<S extends Value>(
    this: DStream<[KeyOf<T>, ValueOf<T>]>,
    f: AnyUpdate<T, S>,
    partitioning?: number | Partitioner | UpdateStateOptions<KeyOf<T>, S>,
    third?: boolean | InitialState<KeyOf<T>, S>,
    fourth?: InitialState<KeyOf<T>, S>,
  ): DStream<[KeyOf<T>, S]> {
    const site = callSite('updateStateByKey', this.updateStateByKey)
    const update = updateOf<T, S>(f, third)
    const given = optionsOf(partitioning, third, fourth)
    const initialState = given.initialState && checkedInitial(given.initialState, site)
    return this.derive(
      updateStateByKeyStream<KeyOf<T>, ValueOf<T>, S>(this.node, {
        update,
        partitioner: this.partitionerOr(given.partitioner ?? given.numPartitions),
        rememberPartitioner: given.rememberPartitioner ?? true,
        initialState,
        codec: given.codec === undefined ? undefined : checkCodec(given.codec),
        versions: versionsOf(given),
        site,
      }),
    )
  }

  /**
   * What the function of `spec` returns for each record, with the state of the record's key, which it may change. What a batch
   * costs depends on its records, not on how many keys have state. There is a dataset in every batch.
   *
   * @example
   * ```ts
   * const spec = StateSpec.function((word: string, one: number | undefined, state: State<number>) => {
   *   const count = (state.getOption() ?? 0) + (one ?? 0)
   *   if (!state.isTimingOut()) state.update(count)
   *   return [word, count]
   * }).timeout(minutes(30))
   * const counts = words.map((word) => [word, 1]).mapWithState(spec)
   * counts // [[['row', 1], ['row', 2]], [['row', 3], ['your', 1], ['boat', 1]]]
   * counts.stateSnapshots() // [[['row', 2]], [['row', 3], ['your', 1], ['boat', 1]]]
   * ```
   */
  mapWithState<S, E>(
    this: DStream<[KeyOf<T>, ValueOf<T>]>,
    spec: StateSpec<KeyOf<T>, ValueOf<T>, S, E>,
  ): MapWithStateDStream<KeyOf<T>, S, E> {
    const site = callSite('mapWithState', this.mapWithState)
    const { initialState, partitioning, timeout, codec, versions } = spec.options
    const partitioner = this.partitionerOr(partitioning)
    const operator = {
      mapping: spec.mapping,
      partitioner,
      initialState: initialState && checkedInitial(initialState, site),
      timeout,
      codec,
      versions,
      site,
    }
    return this.deriveWithState(mapWithStateStream<KeyOf<T>, ValueOf<T>, S, E>(this.node, operator), partitioner)
  }
}

type AnyUpdate<T, S> =
  | UpdateFunction<ValueOf<T>, S>
  | IteratorUpdateFunction<KeyOf<T>, ValueOf<T>, S>
  | TimedUpdateFunction<KeyOf<T>, ValueOf<T>, S>

/** With `rememberPartitioner` given, a function of one parameter is the one over iterators. */
function updateOf<T, S>(f: AnyUpdate<T, S>, third: unknown): StateUpdate<KeyOf<T>, ValueOf<T>, S> {
  if (typeof third !== 'boolean') return { kind: 'values', f: f as UpdateFunction<ValueOf<T>, S> }
  if (f.length > 1) return { kind: 'timed', f: f as TimedUpdateFunction<KeyOf<T>, ValueOf<T>, S> }
  return { kind: 'iterator', f: f as IteratorUpdateFunction<KeyOf<T>, ValueOf<T>, S> }
}

function optionsOf<K, S>(
  partitioning: number | Partitioner | UpdateStateOptions<K, S> | undefined,
  third: boolean | InitialState<K, S> | undefined,
  fourth: InitialState<K, S> | undefined,
): UpdateStateOptions<K, S> {
  const rememberPartitioner = typeof third === 'boolean' ? third : undefined
  const rest = { rememberPartitioner, initialState: typeof third === 'boolean' ? fourth : third }
  if (typeof partitioning === 'number') return { ...rest, numPartitions: partitioning }
  if (partitioning === undefined) return rest
  if (isPartitioner(partitioning)) return { ...rest, partitioner: partitioning }
  const given = optionObject(partitioning, 'updateStateByKey', UPDATE_STATE_FORM)
  return { ...rest, ...given, ...(rememberPartitioner === undefined ? {} : { rememberPartitioner }) }
}

function isPartitioner(value: object): value is Partitioner {
  return typeof value === 'object' && value !== null && 'partition' in value
}

function versionsOf<S>({ stateVersion, migrate }: StateVersionOptions<S>): StateVersionOptions<S> {
  if (stateVersion === undefined) return {}
  return { stateVersion: checkStateVersion(stateVersion), ...(migrate ? { migrate } : {}) }
}

/** Refused where it is given, not in the first batch. */
function checkedInitial<K, S>(initial: InitialState<K, S>, site: CallSite): InitialState<K, S> {
  if (initial instanceof RDD) return initial
  // A generator gives its pairs once, and a first batch may be tried again.
  if (typeof (initial as Partial<Iterable<unknown>>)[Symbol.iterator] === 'function') return Array.from(initial)
  const message = `Initial state is a dataset of pairs, or anything else that gives pairs one by one: ${typeof initial} (${site})`
  throw new SluiceError({ code: 'bad-initial-state', kind: 'invalid', message })
}
