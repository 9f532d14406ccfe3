import { ownValue } from '../util/own-value.ts'
import { allConsumed, consumedBy, type Marks } from './consumed-blocks.ts'
import type { Manifest } from './manifest.ts'

/** What streams of these kinds were given lies below their uid until a batch has read it. */
const WITH_BLOCKS = new Set(['receiver', 'socket'])

export function readsBlocks(kind: string | undefined): boolean {
  return kind !== undefined && WITH_BLOCKS.has(kind)
}

/** What computed streams have stored is collected by their marks, though no other stream reads it. */
function marksBlocks(kind: string | undefined): boolean {
  return readsBlocks(kind) || kind === 'computed'
}

/** The marks that are left of a manifest when the positions of these streams are given up, or all of them. */
export function marksLeft(manifest: Manifest, isGivenUp: (uid: string) => boolean = () => true): Marks {
  const { positions, graph, otherInputs, marks } = manifest
  const kindOf = (uid: string): string | undefined => ownValue(graph?.inputs, uid) ?? ownValue(otherInputs, uid)
  const given = Object.entries(positions).filter(([uid]) => isGivenUp(uid) && marksBlocks(kindOf(uid)))
  const left = given.map(
    ([uid, position]) => [uid, allConsumed(ownValue(marks, uid) ?? {}, consumedBy(position))] as const,
  )
  return { ...marks, ...Object.fromEntries(left.filter(([, consumed]) => Object.keys(consumed).length > 0)) }
}
