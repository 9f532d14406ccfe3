import { asMap } from '../actions/collect-as-map.ts'
import { countByKey } from '../actions/count-by-key.ts'
import type { RDD } from '../rdd.ts'
import { ElementActions } from './element-actions.ts'

/** Actions on pairs. */
export abstract class PairActions<T> extends ElementActions<T> {
  /** The pairs as a map, which must fit in memory; the last value of a key counts. */
  async collectAsMap<K, V>(this: RDD<[K, V]>): Promise<Map<K, V>> {
    return asMap(await this.collect())
  }
  /** How often each key is there, in a map that must fit in memory. */
  countByKey<K, V>(this: RDD<[K, V]>): Promise<Map<K, number>> {
    return countByKey<K>(this.node, this.sparkContext.run)
  }
}
