import { asMap } from '../actions/collect-as-map.ts'
import { countByKey } from '../actions/count-by-key.ts'
import { lookup } from '../actions/lookup.ts'
import { reduceByKeyLocally } from '../actions/reduce-by-key-locally.ts'
import { type BoundedDouble, certainCounts } from '../bounded-double.ts'
import { callSite } from '../call-site.ts'
import type { Value } from '../element.ts'
import { addKey, estimate, mergeSketches, newSketch } from '../hyper-log-log.ts'
import { combineByKeyNode } from '../nodes/combine-by-key.ts'
import { mapValuesNode } from '../nodes/map-values.ts'
import type { Partitioning } from '../partitioner.ts'
import type { RDD } from '../rdd.ts'
import { NumberActions } from './number-actions.ts'

/** Actions on pairs. */
export abstract class PairActions<T> extends NumberActions<T> {
  /** The pairs as a map, which must fit in memory; the last value of a key counts. */
  async collectAsMap<K, V>(this: RDD<[K, V]>): Promise<Map<K, V>> {
    return asMap(await this.collect())
  }
  /** How often each key is there, in a map that must fit in memory. */
  countByKey<K, V>(this: RDD<[K, V]>): Promise<Map<K, number>> {
    return countByKey<K>(this.node, this.sparkContext.run)
  }
  /** How often each key is there: exact numbers, as those of `countApprox`. */
  async countByKeyApprox<K, V>(
    this: RDD<[K, V]>,
    _timeoutMs: number,
    _confidence = 0.95,
  ): Promise<Map<K, BoundedDouble>> {
    return certainCounts(await this.countByKey())
  }
  /** The values of a key, in order; looks into one partition only where a partitioner has placed the keys. */
  lookup<K, V>(this: RDD<[K, V]>, key: K): Promise<V[]> {
    return lookup(this.node, key, this.sparkContext.run)
  }
  /** One value per key, in a map that must fit in memory. */
  reduceByKeyLocally<K, V extends Value>(this: RDD<[K, V]>, f: (a: V, b: V) => V): Promise<Map<K, V>> {
    const site = callSite('reduceByKeyLocally', this.reduceByKeyLocally)
    return reduceByKeyLocally(this.node, f, { run: this.sparkContext.run, site })
  }
  /** About how many different values each key has, as `countApproxDistinct` counts them. A transformation, not an action. */
  countApproxDistinctByKey<K, V>(this: RDD<[K, V]>, relativeSD = 0.05, partitioning?: Partitioning): RDD<[K, number]> {
    const site = callSite('countApproxDistinctByKey', this.countApproxDistinctByKey)
    newSketch(relativeSD)
    const aggregator = {
      createCombiner: (value: V) => addKey(newSketch(relativeSD), value),
      mergeValue: addKey,
      mergeCombiners: mergeSketches,
    }
    const sketches = combineByKeyNode(this.node, { aggregator, partitioner: this.partitionerFor(partitioning), site })
    return this.derive(mapValuesNode(sketches, estimate, site))
  }
}
