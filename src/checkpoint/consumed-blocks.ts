import { holds, type NumberSet } from '../util/number-set.ts'
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

/**
 * What a stream's position holds of blocks, and nothing else: blocks that were read stay read when all else begins anew, as
 * some of them are gone and others are not.
 */
export function marksIn(positions: Manifest['positions']): Manifest['positions'] {
  const marked = Object.entries(positions).filter(([, position]) => Object.keys(consumedBy(position)).length > 0)
  return Object.fromEntries(marked.map(([uid, position]) => [uid, { consumed: { ...consumedBy(position) } }]))
}
