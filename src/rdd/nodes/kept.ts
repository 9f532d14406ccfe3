import type { Awaitable } from '../../util/awaitable.ts'
import { type Emit, type Node, narrow, type Task } from '../node.ts'
import { ownElements } from '../own-element.ts'
import { pushAll } from '../push.ts'
import { collectPartition } from './map-partitions.ts'

/**
 * The parent's records, computed once per partition and then kept in memory, for as long as the node is. Each reader gets copies:
 * what the functions of one do to them is nothing to the others.
 */
export function keptNode<T>(parent: Node<T>): Node<T> {
  const kept = new Map<number, Awaitable<readonly T[]>>()
  function records(partition: number, task: Task): Awaitable<readonly T[]> {
    const known = kept.get(partition)
    if (known) return known
    const computed = collectPartition(parent, partition, task)
    kept.set(partition, computed)
    if (computed instanceof Promise) computed.catch(() => kept.delete(partition))
    return computed
  }
  async function compute(partition: number, task: Task, emit: Emit<T>): Promise<void> {
    const origin = { partition, describe: (index: number) => `kept record ${index + 1}` }
    await pushAll(ownElements(await records(partition, task)), emit, { task, origin })
  }
  return {
    partitions: parent.partitions,
    partitioner: parent.partitioner,
    dependencies: [narrow(parent)],
    compute,
  }
}
