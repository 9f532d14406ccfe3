import { holds, type NumberSet, united } from '../util/number-set.ts'
import { ownValue } from '../util/own-value.ts'
import type { Manifest } from './manifest.ts'
import type { BlockName } from './names.ts'
import type { Json } from './stored.ts'

/**
 * Which blocks batches have read, by the session of their receiver: committed as the position of the stream. The marks
 * outlive the blocks, as a put that was delayed may bring one back (`block-marks-kept`).
 */
export interface Consumed {
  readonly [session: string]: NumberSet
}

/** Of a stream's position, as it was committed. */
export function consumedBy(position: Json | undefined): Consumed {
  const { consumed = {} } = (position ?? {}) as { consumed?: Consumed }
  return consumed
}

export function isConsumed(consumed: Consumed, { session, number }: Pick<BlockName, 'session' | 'number'>): boolean {
  return holds(consumed[session] ?? [], number)
}

/** What either says was read. */
export function allConsumed(one: Consumed, other: Consumed): Consumed {
  const more = Object.entries(other).map(([session, read]) => [session, united(ownValue(one, session) ?? [], read)])
  return { ...one, ...Object.fromEntries(more) }
}

/** By stream: blocks that were read stay read when all else begins anew, as some of them are gone and others are not. */
export interface Marks {
  readonly [streamUid: string]: Consumed
}

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
