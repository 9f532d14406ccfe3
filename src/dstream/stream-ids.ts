import { SluiceError } from '../util/errors.ts'
import { digest } from '../util/hash.ts'
import type { StreamNode } from './stream-node.ts'

/** The stable name of a node, and whether anything but its place among its like makes it so. */
export interface StreamId {
  readonly id: string
  /** Several nodes of this kind have the same parents; adding or reordering them changes who is who. */
  readonly ambiguous: boolean
}

/**
 * Names every node by its operator and its path from the sources, so that a name says what a node is and not when it was
 * made: code above, below or beside it may change. Nodes come parents first.
 */
export function streamIds(
  nodes: readonly StreamNode<unknown>[],
  uids: ReadonlyMap<StreamNode<unknown>, string>,
): Map<StreamNode<unknown>, StreamId> {
  const ids = new Map<StreamNode<unknown>, StreamId>()
  const alike = new Map<string, StreamNode<unknown>[]>()
  for (const node of nodes) {
    const path = pathOf(node, ids)
    const siblings = [...(alike.get(path) ?? []), node]
    alike.set(path, siblings)
    const uid = uids.get(node)
    ids.set(node, { id: uid ?? derivedId(node, path, siblings.length), ambiguous: false })
  }
  for (const siblings of alike.values())
    markAmbiguous(
      siblings.filter((node) => !uids.has(node)),
      ids,
    )
  refuseDuplicates(ids)
  return ids
}

function pathOf(node: StreamNode<unknown>, ids: ReadonlyMap<StreamNode<unknown>, StreamId>): string {
  const parents = node.parents.map((parent) => ids.get(parent)?.id)
  return `${node.kind}(${parents.join(',')})`
}

/** A source is called by its kind, so that plans can be read; anything else needs the digest of its path to be unique. */
function derivedId(node: StreamNode<unknown>, path: string, place: number): string {
  const suffix = place > 1 ? `-${place}` : ''
  return node.source ? `${node.kind}${suffix}` : `${node.kind}-${digest(path).slice(0, 10)}${suffix}`
}

function markAmbiguous(siblings: readonly StreamNode<unknown>[], ids: Map<StreamNode<unknown>, StreamId>): void {
  if (siblings.length < 2) return
  for (const node of siblings) ids.set(node, { id: ids.get(node)?.id ?? '', ambiguous: true })
}

/** To file systems that do not tell upper from lower case, names of objects that differ by that are one. */
function refuseDuplicates(ids: ReadonlyMap<StreamNode<unknown>, StreamId>): void {
  const owners = new Map<string, StreamNode<unknown>>()
  for (const [node, { id }] of ids) {
    const owner = owners.get(id.toLowerCase())
    if (owner) {
      throw new SluiceError({
        code: 'duplicate-uid',
        kind: 'invalid',
        message: `Two operators have the same uid, but perhaps for upper and lower case; give each its own with .uid(): "${id}" (${owner.site}, ${node.site})`,
      })
    }
    owners.set(id.toLowerCase(), node)
  }
}
