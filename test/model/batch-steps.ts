import type { Attempt } from '../../src/checkpoint/attempt.ts'
import type { Facts } from '../../src/checkpoint/decide.ts'
import type { Head } from '../../src/checkpoint/head.ts'
import type { Work } from './actor.ts'
import { beginPublish } from './publish-steps.ts'
import { committedManifest, nextPosition, planOf, rangeOf, rangeText } from './records.ts'
import { known, moved, type Turn, underWay, withLatePut } from './turn.ts'
import { STREAM, type World } from './world.ts'

export function decideNext(turn: Turn): World {
  const { actor, rules } = turn
  const head = known(turn)
  const decision = rules.decide(factsOf(turn, head))
  switch (decision.kind) {
    case 'lease':
      return moved(turn, { pc: 'swap', swap: { kind: 'lease' } })
    case 'publish':
      return beginPublish(turn, { committed: decision.committed, redo: true })
    case 'plan':
      return cut(turn, decision.batchTime, head)
    case 'replan':
      return cut(turn, decision.planned.batchTime, head)
    case 'rerun':
      return begin(turn, { plan: decision.planned, ahead: true, base: baseOf(turn, head) })
    default:
      return head.lease?.owner === actor.owner
        ? moved(turn, { pc: 'swap', swap: { kind: 'release' } })
        : moved(turn, { pc: 'ended' })
  }
}

/** Time has come for every batch, and every lease may have expired: whoever looks may always take over. */
function factsOf({ actor, scope }: Turn, head: Head): Facts {
  const self = {
    owner: actor.owner,
    startBeforeMs: Number.POSITIVE_INFINITY,
    due: 'clock',
    waitUntilMs: 0,
    batchIntervalMs: 1,
    batchesLeft: scope.batches - (head.committed?.attempt.batchTime ?? 0),
    leaseAbandoned: true,
  } as const
  return { head, nowMs: scope.batches, self }
}

function cut(turn: Turn, batchTime: number, head: Head): World {
  const { world, actor, scope, rules } = turn
  const { owner } = actor
  const { hasForeachRDD } = scope
  const range = { from: nextPosition(head), until: world.available }
  const plan = { batchTime, plan: planOf(batchTime, range), hasForeachRDD }
  const positions = committedManifest(head)?.positions ?? {}
  const ahead = rules.mustPlanAhead({ head, owner, hasForeachRDD, streams: [STREAM], positions })
  const work: Work = { plan, ahead, base: baseOf(turn, head) }
  const leased = head.lease?.owner === owner
  if (ahead) return moved(turn, { pc: 'swap', swap: { kind: leased ? 'plan' : 'lease-and-plan' }, work })
  return leased ? begin(turn, work) : moved(turn, { pc: 'swap', swap: { kind: 'lease' }, work })
}

/** What the state was after the batch that this head names: the object is there, or the world is broken. */
function baseOf({ world }: Turn, head: Head): string {
  const ref = committedManifest(head)?.state.snapshots[0]
  return ref === undefined ? '' : (world.objects[ref.object.key] ?? 'missing')
}

/** The plan is under the own lease, or will be committed under it, so the run may begin. */
export function begin(turn: Turn, work: Work): World {
  const { incarnation, token } = known(turn)
  const runs = turn.actor.runs + 1
  const attempt: Attempt = { incarnation, batchTime: work.plan.batchTime, token, number: runs }
  return moved(turn, { pc: 'run', runs, work: { ...work, attempt } })
}

/** Runs the graph. The user's function is not deterministic: each run makes another output. */
export function run(turn: Turn): World {
  const { actor, scope } = turn
  const { work, attempt } = underWay(actor)
  const range = rangeText(rangeOf(work.plan.plan))
  const output = `${range} by ${actor.owner}${actor.runs}`
  const next = moved(turn, { pc: 'stage', work: { ...work, output, state: work.base + range } })
  if (!scope.hasForeachRDD) return next
  const seen = next.effects[attempt.batchTime] ?? range
  const effect = seen === range ? range : `${seen} and ${range}`
  return { ...next, effects: { ...next.effects, [attempt.batchTime]: effect } }
}

/** Both puts at once, each acknowledged before the commit; one may arrive again later. */
export function stage(turn: Turn): World[] {
  const { rules } = turn
  const { work, attempt } = underWay(turn.actor)
  const { output = '', state = '' } = work
  const puts = { [rules.outputKey(attempt)]: output, [rules.stateKey(attempt)]: state }
  const next = moved(turn, { pc: 'swap', swap: { kind: 'commit' } })
  const staged = { ...next, objects: { ...next.objects, ...puts } }
  const late = Object.entries(puts).map(([key, content]) => ({ kind: 'object', key, content }) as const)
  return [staged, ...late.flatMap((put) => withLatePut(staged, put))]
}
