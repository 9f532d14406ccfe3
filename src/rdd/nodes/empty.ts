import type { Node } from '../node.ts'

/** Partitions without records: for tasks that have something to do all the same. */
export function emptyNode<T>(partitions: number): Node<T> {
  return { partitions, dependencies: [], compute: async () => {} }
}
