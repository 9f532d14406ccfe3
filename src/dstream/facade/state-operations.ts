import { callSite } from '../../rdd/call-site.ts'
import type { DStream } from '../dstream.ts'
import { type InitialState, type UpdateFunction, updateStateByKeyStream } from '../operators/update-state-by-key.ts'
import type { KeyOf, ValueOf } from '../pair.ts'
import { WindowOperations } from './window-operations.ts'

/** What `updateStateByKey` can be told. */
export interface UpdateStateOptions<K, S> {
  /** Fixed for the life of the state. */
  readonly numPartitions?: number | undefined
  /** State to begin with; of several entries for a key the first counts. */
  readonly initialState?: InitialState<K, S> | undefined
}

/** Operators whose state the user's functions keep. */
export abstract class StateOperations<T> extends WindowOperations<T> {
  /**
   * The state of every key, updated in every batch: `f` gets a key's values in the batch and its state so far, and
   * returns the new state, or `undefined` to remove the key. It is called for keys without values, too.
   *
   * @example
   * ```ts
   * const ones = words.map((word) => [word, 1])
   * const counts = ones.updateStateByKey<number>((ones, count = 0) => count + ones.length)
   * counts // [[['row', 2]], [['row', 3], ['your', 1], ['boat', 1]]]
   * ```
   */
  updateStateByKey<S>(
    this: DStream<[KeyOf<T>, ValueOf<T>]>,
    f: UpdateFunction<ValueOf<T>, S>,
    options: number | UpdateStateOptions<KeyOf<T>, S> = {},
  ): DStream<[KeyOf<T>, S]> {
    const { numPartitions, initialState } = typeof options === 'number' ? { numPartitions: options } : options
    const site = callSite('updateStateByKey', this.updateStateByKey)
    const update = { f, partitions: this.partitionsOr(numPartitions), initialState, site }
    return this.derive(updateStateByKeyStream<KeyOf<T>, ValueOf<T>, S>(this.node, update))
  }
}
