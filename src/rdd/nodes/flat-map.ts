import type { CallSite } from '../call-site.ts'
import { OperatorFailure } from '../failure.ts'
import { type Node, pipedNode } from '../node.ts'
import { pushIterable } from '../push.ts'

export function flatMapNode<T, U>(parent: Node<T>, f: (record: T) => Iterable<U>, site: CallSite): Node<U> {
  return pipedNode(parent, (next) => (record) => {
    let items: Iterable<U>
    try {
      items = f(record)
    } catch (cause) {
      throw new OperatorFailure(site, cause)
    }
    pushIterable(items, next, site)
  })
}
