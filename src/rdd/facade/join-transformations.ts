import { type CallSite, callSite } from '../call-site.ts'
import type { Node } from '../node.ts'
import { cogroupNode } from '../nodes/cogroup.ts'
import { joinNode, outerJoinNode } from '../nodes/join.ts'
import { subtractByKeyNode } from '../nodes/subtract.ts'
import type { Partitioning } from '../partitioner.ts'
import type { RDD } from '../rdd.ts'
import { DatasetBase } from './dataset-base.ts'
import { ElementTransformations } from './element-transformations.ts'

/** Joins of pairs by their keys, compared by value. */
export abstract class JoinTransformations<T> extends ElementTransformations<T> {
  /** For each key of any of the datasets (two to four), its values in each. */
  cogroup<K, V, A>(this: RDD<[K, V]>, a: RDD<[K, A]>, partitioning?: Partitioning): RDD<[K, [V[], A[]]]>
  cogroup<K, V, A, B>(
    this: RDD<[K, V]>,
    a: RDD<[K, A]>,
    b: RDD<[K, B]>,
    partitioning?: Partitioning,
  ): RDD<[K, [V[], A[], B[]]]>
  cogroup<K, V, A, B, C>(
    this: RDD<[K, V]>,
    a: RDD<[K, A]>,
    b: RDD<[K, B]>,
    c: RDD<[K, C]>,
    partitioning?: Partitioning,
  ): RDD<[K, [V[], A[], B[], C[]]]>
  cogroup<K>(this: RDD<[K, unknown]>, ...args: CogroupArguments<K>): RDD<[K, never]> {
    return this.grouped(args, callSite('cogroup', this.cogroup)) as RDD<[K, never]>
  }
  /** The same as `cogroup`. */
  groupWith<K, V, A>(this: RDD<[K, V]>, a: RDD<[K, A]>): RDD<[K, [V[], A[]]]>
  groupWith<K, V, A, B>(this: RDD<[K, V]>, a: RDD<[K, A]>, b: RDD<[K, B]>): RDD<[K, [V[], A[], B[]]]>
  groupWith<K, V, A, B, C>(
    this: RDD<[K, V]>,
    a: RDD<[K, A]>,
    b: RDD<[K, B]>,
    c: RDD<[K, C]>,
  ): RDD<[K, [V[], A[], B[], C[]]]>
  groupWith<K>(this: RDD<[K, unknown]>, ...others: RDD<[K, unknown]>[]): RDD<[K, never]> {
    return this.grouped(others, callSite('groupWith', this.groupWith)) as RDD<[K, never]>
  }
  /** For each key of both sides, every pairing of its values. */
  join<K, V, W>(this: RDD<[K, V]>, other: RDD<[K, W]>, partitioning?: Partitioning): RDD<[K, [V, W]]> {
    const site = callSite('join', this.join)
    return this.derive(joinNode([this.node, other.node], this.partitionerFor(partitioning, other), site))
  }
  /** The same, and the pairs of this side whose keys the other does not have, beside `undefined`. */
  leftOuterJoin<K, V, W>(
    this: RDD<[K, V]>,
    other: RDD<[K, W]>,
    partitioning?: Partitioning,
  ): RDD<[K, [V, W | undefined]]> {
    const site = callSite('leftOuterJoin', this.leftOuterJoin)
    const partitioner = this.partitionerFor(partitioning, other)
    const node = outerJoinNode([this.node, other.node], partitioner, { outer: 'left', site })
    return this.derive(node as Node<[K, [V, W | undefined]]>)
  }
  /** The same, and the pairs of the other side whose keys this one does not have, beside `undefined`. */
  rightOuterJoin<K, V, W>(
    this: RDD<[K, V]>,
    other: RDD<[K, W]>,
    partitioning?: Partitioning,
  ): RDD<[K, [V | undefined, W]]> {
    const site = callSite('rightOuterJoin', this.rightOuterJoin)
    const partitioner = this.partitionerFor(partitioning, other)
    const node = outerJoinNode([this.node, other.node], partitioner, { outer: 'right', site })
    return this.derive(node as Node<[K, [V | undefined, W]]>)
  }
  /** The same, and the pairs of either side whose keys the other does not have, beside `undefined`. */
  fullOuterJoin<K, V, W>(
    this: RDD<[K, V]>,
    other: RDD<[K, W]>,
    partitioning?: Partitioning,
  ): RDD<[K, [V | undefined, W | undefined]]> {
    const site = callSite('fullOuterJoin', this.fullOuterJoin)
    const partitioner = this.partitionerFor(partitioning, other)
    return this.derive(outerJoinNode([this.node, other.node], partitioner, { outer: 'both', site }))
  }
  /** The pairs whose keys the other does not have; duplicates stay, and so do places and number of partitions. */
  subtractByKey<K, V>(this: RDD<[K, V]>, other: RDD<[K, unknown]>, partitioning?: Partitioning): RDD<[K, V]> {
    const site = callSite('subtractByKey', this.subtractByKey)
    const own = this.node.partitioner ?? Math.max(1, this.node.partitions)
    const partitioner = this.partitionerFor(partitioning ?? own)
    return this.derive(subtractByKeyNode([this.node, other.node], partitioner, site))
  }

  protected grouped<K>(args: CogroupArguments<K>, site: CallSite): RDD<[K, unknown[][]]> {
    const others = args.filter((arg) => arg instanceof DatasetBase) as RDD<[K, unknown]>[]
    const partitioning = args.find((arg) => !(arg instanceof DatasetBase)) as Partitioning | undefined
    const nodes = [this.node as Node<unknown> as Node<[K, unknown]>, ...others.map(({ node }) => node)]
    return this.derive(cogroupNode(nodes, this.partitionerFor(partitioning, ...others), site))
  }
}

type CogroupArguments<K> = readonly (RDD<[K, unknown]> | Partitioning | undefined)[]
