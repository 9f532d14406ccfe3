import { decide } from '../../src/checkpoint/decide.ts'
import type { Head } from '../../src/checkpoint/head.ts'
import { snapshotKey, stagedKey } from '../../src/checkpoint/names.ts'
import { mustPlanAhead } from '../../src/checkpoint/plan-ahead.ts'
import { committed, leased, marked, planned } from '../../src/checkpoint/transitions.ts'
import type { Names } from './records.ts'
import { APP } from './world.ts'

/**
 * What the model takes from the protocol: its pure decisions and transitions, and the rules that the scheduler keeps around
 * them. A mutation replaces one of these.
 */
export interface Rules extends Names {
  readonly decide: typeof decide
  readonly mustPlanAhead: typeof mustPlanAhead
  readonly leased: typeof leased
  readonly planned: typeof planned
  readonly committed: typeof committed
  readonly marked: typeof marked
  /** Whether the register takes a head that was made from version `expected`. */
  readonly fits: (register: Head, expected: number, next: Head) => boolean
  /** Whether a swap under one's own lease may be sent again on the head that was found. */
  readonly mayRetry: (known: Head, found: Head) => boolean
  /** Whether what was read back says that a swap whose answer was lost was done. */
  readonly isDone: (found: Head, sent: Head) => boolean
  readonly successFirst: boolean
  /** Whether the lease that goes back beside the close leaves the mark to a later swap. */
  readonly marksAfterClose: boolean
  /** Whether an unsettled commit counts as done. */
  readonly unknownIsOk: boolean
}

export const RULES: Rules = {
  decide,
  mustPlanAhead,
  leased,
  planned,
  committed,
  marked,
  fits: (register, expected) => register.version === expected,
  mayRetry: (known, found) => found.token === known.token,
  isDone: (found, sent) => found.version === sent.version && JSON.stringify(found) === JSON.stringify(sent),
  outputKey: (attempt) => stagedKey(APP, attempt, 'out', 'part'),
  stateKey: (attempt) => snapshotKey(APP, attempt, 'state', 0),
  successFirst: false,
  marksAfterClose: true,
  unknownIsOk: false,
}
