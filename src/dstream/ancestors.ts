import type { StreamNode } from './stream-node.ts'

/** Of the streams of a graph, in the order of their declaration: these, and all that they are made of. */
export function withAncestors(
  ends: Iterable<StreamNode<unknown>>,
  declared: readonly StreamNode<unknown>[],
): readonly StreamNode<unknown>[] {
  const needed = new Set(ends)
  // A node is declared after its parents, so going backwards meets every child before its parents.
  for (const node of declared.toReversed()) {
    if (needed.has(node)) for (const parent of node.parents) needed.add(parent)
  }
  return declared.filter((node) => needed.has(node))
}
