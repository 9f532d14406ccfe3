import type { CallSite } from '../call-site.ts'
import { OperatorFailure } from '../failure.ts'
import { type Node, pipedNode } from '../node.ts'
import { pushIterable } from '../push.ts'
import { returned } from '../returned.ts'

export function mapValuesNode<K, V, U>(parent: Node<[K, V]>, f: (value: V) => U, site: CallSite): Node<[K, U]> {
  const attach = (next: (record: [K, U]) => void) => (record: [K, V]) => {
    let mapped: U
    try {
      mapped = returned(f(record[1]))
    } catch (cause) {
      throw new OperatorFailure(site, cause)
    }
    next([record[0], mapped])
  }
  return pipedNode(parent, attach, { keepsPartitioner: true })
}

export function flatMapValuesNode<K, V, U>(
  parent: Node<[K, V]>,
  f: (value: V) => Iterable<U>,
  site: CallSite,
): Node<[K, U]> {
  const attach = (next: (record: [K, U]) => void) => (record: [K, V]) => {
    let items: Iterable<U>
    try {
      items = f(record[1])
    } catch (cause) {
      throw new OperatorFailure(site, cause)
    }
    pushIterable(items, (item) => next([record[0], item]), site)
  }
  return pipedNode(parent, attach, { keepsPartitioner: true })
}
