import type { CallSite } from '../call-site.ts'
import { OperatorFailure } from '../failure.ts'
import { type Node, pipedNode } from '../node.ts'
import { returned } from '../returned.ts'

export function filterNode<T>(parent: Node<T>, f: (record: T) => unknown, site: CallSite): Node<T> {
  const attach = (next: (record: T) => void) => (record: T) => {
    let wanted: unknown
    try {
      wanted = returned(f(record))
    } catch (cause) {
      throw new OperatorFailure(site, cause)
    }
    if (wanted) next(record)
  }
  return pipedNode(parent, attach, { keepsPartitioner: true })
}
