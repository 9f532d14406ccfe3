import type { CallSite } from '../call-site.ts'
import { OperatorFailure } from '../failure.ts'
import { type Node, pipedNode } from '../node.ts'
import { returned } from '../returned.ts'

export function mapNode<T, U>(parent: Node<T>, f: (record: T) => U, site: CallSite): Node<U> {
  return pipedNode(parent, (next) => (record) => {
    let mapped: U
    try {
      mapped = returned(f(record))
    } catch (cause) {
      throw new OperatorFailure(site, cause)
    }
    next(mapped)
  })
}
