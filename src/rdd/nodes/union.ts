import { assert } from '../../util/assert.ts'
import { type Node, narrow } from '../node.ts'
import type { Partitioner } from '../partitioner.ts'

/**
 * The partitions of all parents, one after the other. Where the same partitioner has placed all of them, each partition
 * is that of every parent instead, so that keys stay in place (as in Spark).
 */
export function unionNode<T>(parents: readonly Node<T>[]): Node<T> {
  const partitioner = commonPartitioner(parents)
  return partitioner ? alignedUnion(parents, partitioner) : concatenation(parents)
}

function commonPartitioner(parents: readonly Node<unknown>[]): Partitioner | undefined {
  const [first, ...others] = parents.filter((parent) => parent.partitions > 0)
  const common = first?.partitioner
  return common && others.every((other) => common.equals(other.partitioner)) ? common : undefined
}

function alignedUnion<T>(parents: readonly Node<T>[], partitioner: Partitioner): Node<T> {
  const placed = parents.filter((parent) => parent.partitions > 0)
  return {
    partitions: partitioner.numPartitions,
    partitioner,
    dependencies: placed.map(narrow),
    async compute(partition, task, emit) {
      for (const parent of placed) await parent.compute(partition, task, emit)
    },
  }
}

function concatenation<T>(parents: readonly Node<T>[]): Node<T> {
  const places = parents.flatMap((parent) => Array.from({ length: parent.partitions }, (_, at) => ({ parent, at })))
  return {
    partitions: places.length,
    dependencies: parents.map(narrow),
    compute(partition, task, emit) {
      const place = places[partition]
      assert(place, `union of ${places.length} partitions has no partition ${partition}`)
      return place.parent.compute(place.at, task, emit)
    },
  }
}
