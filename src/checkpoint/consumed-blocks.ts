import { holds, type NumberSet, united } from '../util/number-set.ts'
import { ownValue } from '../util/own-value.ts'
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
