import type { CallSite } from '../call-site.ts'
import { KeyTable } from '../key-table.ts'
import { keyedInput } from '../keyed-input.ts'
import { type Emit, type Node, narrow, pipedNode, type Task } from '../node.ts'
import type { Partitioner } from '../partitioner.ts'
import { distinctKeysNode } from './distinct.ts'

/** The pairs whose keys the other side does not have. Only the other's keys are kept in memory. */
export function subtractByKeyNode<K, V>(
  sides: readonly [Node<[K, V]>, Node<[K, unknown]>],
  partitioner: Partitioner,
  site: CallSite,
): Node<[K, V]> {
  const left = keyedInput(sides[0], partitioner, site)
  const right = distinctKeysNode(sides[1], partitioner, site)
  async function compute(partition: number, task: Task, emit: Emit<[K, V]>): Promise<void> {
    const taken = new KeyTable<K, null>()
    await right.compute(partition, task, (pair) => taken.add(pair[0], null))
    await left.compute(partition, task, (key, value) => {
      if (taken.find(key) < 0) emit([key, value])
    })
  }
  const dependencies = [left.dependency, narrow(right)]
  return { partitions: partitioner.numPartitions, partitioner, dependencies, compute }
}

/** The elements that the other side does not have, compared by value; duplicates stay. */
export function subtractNode<T>(sides: readonly [Node<T>, Node<T>], partitioner: Partitioner, site: CallSite): Node<T> {
  const keyed = (side: Node<T>) => pipedNode<T, [T, null]>(side, (next) => (record) => next([record, null]))
  const rest = subtractByKeyNode([keyed(sides[0]), keyed(sides[1])], partitioner, site)
  return pipedNode(rest, (next) => (pair) => next(pair[0]))
}
