import { type Awaitable, andThen } from '../../util/awaitable.ts'
import type { CallSite } from '../call-site.ts'
import { OperatorFailure } from '../failure.ts'
import { type Emit, type Node, narrow, type Task } from '../node.ts'
import { pushAll } from '../push.ts'
import { iterable } from '../returned.ts'

/** A function of a whole partition, which must fit in memory; also called for empty ones. */
export type PartitionFunction<T, U> = (records: T[], partition: number) => Iterable<U> | Promise<Iterable<U>>

export interface MapPartitionsOptions {
  /** Says that keys stay where they are, so that later operations on them need not shuffle. */
  readonly preservesPartitioning?: boolean
}

export function mapPartitionsNode<T, U>(
  parent: Node<T>,
  f: PartitionFunction<T, U>,
  { site, preservesPartitioning = false }: MapPartitionsOptions & { readonly site: CallSite },
): Node<U> {
  async function compute(partition: number, task: Task, emit: Emit<U>): Promise<void> {
    const records = await collectPartition(parent, partition, task)
    let results: readonly U[]
    try {
      const returned = iterable(await f(records, partition))
      results = Array.isArray(returned) ? returned : Array.from(returned)
    } catch (cause) {
      throw new OperatorFailure(site, cause)
    }
    const origin = { partition, describe: (index: number) => `result ${index + 1} of ${site}` }
    await pushAll(results, emit, { task, origin })
  }
  return {
    partitions: parent.partitions,
    partitioner: preservesPartitioning ? parent.partitioner : undefined,
    dependencies: [narrow(parent)],
    compute,
  }
}

export function collectPartition<T>(node: Node<T>, partition: number, task: Task): Awaitable<T[]> {
  const records: T[] = []
  const computed = node.compute(partition, task, (record) => {
    records.push(record)
  })
  return andThen(computed, () => records)
}
