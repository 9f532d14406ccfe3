import type { CallSite } from '../call-site.ts'
import { OperatorFailure } from '../failure.ts'
import { type Node, pipedNode } from '../node.ts'
import { returned } from '../returned.ts'

/** What `f` gives for the elements for which it gives anything: Spark's `collect` of a partial function. */
export function collectPartialNode<T, U>(parent: Node<T>, f: (record: T) => U | undefined, site: CallSite): Node<U> {
  return pipedNode(parent, (next) => (record) => {
    let mapped: U | undefined
    try {
      mapped = returned(f(record))
    } catch (cause) {
      throw new OperatorFailure(site, cause)
    }
    if (mapped !== undefined) next(mapped)
  })
}
