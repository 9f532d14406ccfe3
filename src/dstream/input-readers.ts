import type { OutputNode } from './output-node.ts'
import type { StreamNode } from './stream-node.ts'

interface Streams {
  /** Parents before children. */
  readonly nodes: readonly StreamNode<unknown>[]
  readonly outputs: readonly OutputNode[]
  readonly isPersisted: (node: StreamNode<unknown>) => boolean
}

/**
 * How many jobs of a batch compute each stream: those of all outputs and shuffles that its elements reach without another
 * shuffle in between. What gathers elements, keeps state or is persisted computes its parents once, however many read it.
 * A function that is given a dataset, as by `transform` and `foreachRDD`, counts once: nobody knows what it does with it.
 */
export function countReaders({ nodes, outputs, isPersisted }: Streams): ReadonlyMap<StreamNode<unknown>, number> {
  const readers = new Map<StreamNode<unknown>, number>()
  const add = (node: StreamNode<unknown>, more: number): void => {
    readers.set(node, (readers.get(node) ?? 0) + more)
  }
  for (const { stream } of outputs) add(stream, 1)
  for (const node of nodes.toReversed()) {
    const once = node.gathers === true || node.state !== undefined || isPersisted(node)
    if (isPersisted(node)) readers.set(node, 1)
    for (const parent of node.parents) add(parent, once ? 1 : (readers.get(node) ?? 0))
  }
  return readers
}
