import type { Head } from '../../src/checkpoint/head.ts'
import { leasedAndPlanned, released, retried } from '../../src/checkpoint/transitions.ts'
import { assert } from '../../src/util/assert.ts'
import type { Swap, Work } from './actor.ts'
import { begin } from './batch-steps.ts'
import { beginPublish, close, publishing } from './publish-steps.ts'
import { inlined, manifestOf } from './records.ts'
import { arrived } from './register.ts'
import { deciding, known, moved, type Turn, underWay } from './turn.ts'
import type { World } from './world.ts'

/** Sends a swap. It is answered; or done and not answered; or on its way for as long as it likes. */
export function swap(turn: Turn): World[] {
  const { world, actor, rules } = turn
  const next = changed(turn)
  const request = { kind: 'swap', expected: actor.head?.version ?? 0, next } as const
  const took = arrived(world, request, rules)
  const answered = took === world ? unsettled(turn, next) : done({ ...turn, world: took }, next)
  const { faults, late } = world
  if (faults.lostSwaps === 0) return [answered]
  const fewer = { ...faults, lostSwaps: faults.lostSwaps - 1 }
  return [
    answered,
    unsettled({ ...turn, world: { ...took, faults: fewer } }, next),
    unsettled({ ...turn, world: { ...world, faults: fewer, late: [...late, request] } }, next),
  ]
}

/** Reads back what became of a swap: done, to be sent again, or overtaken by somebody else's. */
export function settle(turn: Turn): World {
  const { world, actor, rules } = turn
  const { kind, sent } = swapOf(turn)
  assert(sent !== undefined, 'what is settled was sent')
  const found = world.register
  if (rules.isDone(found, sent)) return done(turn, found)
  const takes = kind === 'lease' || kind === 'lease-and-plan'
  const again = takes ? found.version === actor.head?.version : rules.mayRetry(known(turn), found)
  if (again) return moved(turn, { pc: 'swap', head: found, swap: { kind } })
  if (takes) return deciding(turn, { head: found })
  return kind === 'give-back'
    ? close({ ...turn, actor: { ...actor, head: found } })
    : moved(turn, { pc: 'ended', head: found })
}

/** No answer, or a conflict: a client that tries again after a lost answer reports its own success as one. */
function unsettled(turn: Turn, sent: Head): World {
  const { kind } = swapOf(turn)
  if (turn.rules.unknownIsOk && kind === 'commit') return done(turn, sent)
  return moved(turn, { pc: 'settle', swap: { kind, sent } })
}

function changed(turn: Turn): Head {
  const { rules, actor, scope } = turn
  const head = known(turn)
  const request = { owner: actor.owner, untilMs: 0, batchIntervalMs: 1 }
  switch (swapOf(turn).kind) {
    case 'lease':
      return rules.leased(retried(head, scope), request)
    case 'lease-and-plan':
      return leasedAndPlanned(head, request, workOf(turn).plan)
    case 'plan':
      return rules.planned(head, workOf(turn).plan)
    case 'commit':
      return commitOf(turn, head)
    case 'give-back':
      return released(rules.marksAfterClose ? head : rules.marked(head, publishing(turn).committed.attempt))
    default:
      return released(head)
  }
}

function commitOf({ actor, rules }: Turn, head: Head): Head {
  const { work, attempt } = underWay(actor)
  const manifest = manifestOf(work, attempt, rules)
  const nothingToPublish = inlined(manifest).outputs.length === 0
  const { history } = head
  return rules.committed(head, {
    attempt,
    manifest,
    history,
    nothingToPublish,
    release: false,
    plannedAhead: work.ahead,
  })
}

/** What follows a swap that is known to be done. */
function done(turn: Turn, head: Head): World {
  const after: Turn = { ...turn, actor: { ...turn.actor, head } }
  switch (swapOf(turn).kind) {
    case 'lease':
      return turn.actor.work === undefined ? deciding(after, {}) : begin(after, turn.actor.work)
    case 'plan':
    case 'lease-and-plan':
      return begin(after, workOf(turn))
    case 'commit':
      assert(head.committed !== undefined, 'a commit leaves a committed batch')
      return beginPublish(after, { committed: head.committed, redo: false })
    case 'give-back':
      return close(after)
    default:
      return moved(after, { pc: 'ended' })
  }
}

function workOf({ actor }: Turn): Work {
  assert(actor.work !== undefined, 'a plan was cut')
  return actor.work
}

function swapOf({ actor }: Turn): Swap {
  assert(actor.swap !== undefined, 'a swap is due')
  return actor.swap
}
