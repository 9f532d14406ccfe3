import { SluiceError } from '../../util/errors.ts'
import type { CallSite } from '../call-site.ts'
import { chunksOf } from '../chunks.ts'
import { functionFailed, OperatorFailure } from '../failure.ts'
import { type Emit, type Node, narrow, type Task } from '../node.ts'
import { pushAll } from '../push.ts'
import { iterable } from '../returned.ts'
import { collectPartition } from './map-partitions.ts'

/** The elements of both sides at the same places, as pairs. */
export function zipNode<T, U>(left: Node<T>, right: Node<U>, site: CallSite): Node<[T, U]> {
  checkSamePartitions([left, right])
  async function compute(partition: number, task: Task, emit: Emit<[T, U]>): Promise<void> {
    const rights = chunksOf(right, partition, task)
    let waiting: readonly U[] = []
    let at = 0
    let first = 0
    const origin = { partition, describe: (index: number) => `zipped element ${index + 1}` }
    try {
      for await (const chunk of chunksOf(left, partition, task)) {
        for (let from = 0; from < chunk.length; ) {
          if (at === waiting.length) {
            waiting = await nextOf(rights)
            at = 0
            if (waiting.length === 0) throw functionFailed(site, unequalSizes(partition))
          }
          const count = Math.min(chunk.length - from, waiting.length - at)
          const others = waiting.slice(at, at + count)
          const pairs = chunk.slice(from, from + count).map((one, i): [T, U] => [one, others[i] as U])
          await pushAll(pairs, emit, { task, origin, first })
          first += count
          from += count
          at += count
        }
      }
      if (at < waiting.length || (await nextOf(rights)).length > 0) throw functionFailed(site, unequalSizes(partition))
    } finally {
      await rights.return()
    }
  }
  return { partitions: left.partitions, dependencies: [narrow(left), narrow(right)], compute }
}

async function nextOf<U>(chunks: AsyncIterator<readonly U[], undefined>): Promise<readonly U[]> {
  const step = await chunks.next()
  return step.done ? [] : step.value
}

/** Takes the same partition of each dataset, as arrays in the order of the datasets; also called for empty ones. */
export type ZippedFunction<U> = (partitions: readonly unknown[][]) => Iterable<U> | Promise<Iterable<U>>

/** What `f` gives for the partitions of all parents that have the same number. */
export function zipPartitionsNode<U>(
  parents: readonly Node<unknown>[],
  f: ZippedFunction<U>,
  { site, preservesPartitioning }: { readonly site: CallSite; readonly preservesPartitioning: boolean },
): Node<U> {
  checkSamePartitions(parents)
  async function compute(partition: number, task: Task, emit: Emit<U>): Promise<void> {
    const zipped: unknown[][] = []
    for (const parent of parents) zipped.push(await collectPartition(parent, partition, task))
    let results: U[]
    try {
      results = Array.from(iterable(await f(zipped)))
    } catch (cause) {
      throw new OperatorFailure(site, cause)
    }
    const origin = { partition, describe: (index: number) => `result ${index + 1} of ${site}` }
    await pushAll(results, emit, { task, origin })
  }
  return {
    partitions: parents[0]?.partitions ?? 0,
    partitioner: preservesPartitioning ? parents[0]?.partitioner : undefined,
    dependencies: parents.map(narrow),
    compute,
  }
}

function checkSamePartitions(parents: readonly Node<unknown>[]): void {
  const counts = parents.map(({ partitions }) => partitions)
  if (counts.every((count) => count === counts[0])) return
  throw new SluiceError({
    code: 'unequal-partitions',
    kind: 'invalid',
    message: `Can't zip RDDs with unequal numbers of partitions; repartition one of them: ${counts.join(', ')}`,
  })
}

function unequalSizes(partition: number): SluiceError {
  return new SluiceError({
    code: 'unequal-partition-sizes',
    kind: 'invalid',
    message: `Can only zip RDDs with same number of elements in each partition; join them by zipWithIndex instead: partition ${partition} differs`,
  })
}
