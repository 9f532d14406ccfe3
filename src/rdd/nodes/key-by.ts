import type { CallSite } from '../call-site.ts'
import type { Node } from '../node.ts'
import { returned } from '../returned.ts'
import { mapNode } from './map.ts'

/** Each element as the second of a pair, what `f` gives for it being the first. */
export function keyByNode<T, K>(parent: Node<T>, f: (record: T) => K, site: CallSite): Node<[K, T]> {
  return mapNode(parent, (record): [K, T] => [returned(f(record)), record], site)
}
