import { ownValue } from '../util/own-value.ts'
import type { Head } from './head.ts'
import type { Manifest } from './manifest.ts'

/** What decides whether the plan that is being cut has to be in the head before its batch runs. */
export interface NewBatch {
  readonly head: Head
  /** Of the invocation that is to run the batch; it may have the lease, or be about to take it. */
  readonly owner: string
  /** Whether functions of the user's may act on the world before the commit. */
  readonly hasForeachRDD: boolean
  /** The ids of the input streams. */
  readonly streams: readonly string[]
  /** Where each goes on; no place for one that has not been planned yet. */
  readonly positions: Manifest['positions']
}

/**
 * Whether the plan needs a swap of its own (P5). Without it, plan and commit are one swap, and the next attempt cuts
 * anew. That is the same to everybody but in three cases, and where a plan is cut anew that the head holds already:
 *
 *   side effects      I  cuts [0,1), foreachRDD acts on it, dies | J  cuts [0,2): one token, two contents
 *   LATEST            I  cuts "from now on", dies | a record arrives | J  cuts "from now on": nobody reads the record
 *   a death           I  cuts [0,1), dies of its size | J  cuts [0,2), dies | … each more than the one before, none ends
 */
export function mustPlanAhead({ head, owner, hasForeachRDD, streams, positions }: NewBatch): boolean {
  const firstOfAStream = streams.some((uid) => ownValue(positions, uid) === undefined)
  return hasForeachRDD || firstOfAStream || head.planned !== undefined || followsDeath(head, owner)
}

/** Whoever ends in order gives the lease back. With nothing committed since, what killed it may be what comes next. */
function followsDeath({ lease }: Head, owner: string): boolean {
  return lease !== undefined && (lease.owner !== owner || lease.tookOver === true)
}
