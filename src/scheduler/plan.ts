import type { Attempt, BatchTime } from '../checkpoint/attempt.ts'
import { afterUpgrade, type DeadLetters } from '../checkpoint/dead-letters.ts'
import { type RunDecision, timesTooLarge } from '../checkpoint/decide.ts'
import { decodePlan } from '../checkpoint/decode-record.ts'
import type { Head, Planned } from '../checkpoint/head.ts'
import { planKey } from '../checkpoint/names.ts'
import type { OffsetRange, Plan, SourcePlan } from '../checkpoint/plan.ts'
import { mustPlanAhead } from '../checkpoint/plan-ahead.ts'
import type { Json, Stored } from '../checkpoint/stored.ts'
import { type NewPlan, planned } from '../checkpoint/transitions.ts'
import { planLimits } from '../planner/limits.ts'
import type { SourceMemory } from '../ports/source.ts'
import { allDone } from '../util/all-done.ts'
import { assert } from '../util/assert.ts'
import { crc32c } from '../util/crc32c.ts'
import { ownValue } from '../util/own-value.ts'
import { retriesWithin } from './dead-letters/retries.ts'
import { letterBox } from './dead-letters/stage-letters.ts'
import type { Invocation } from './invocation.ts'
import { hasLease, takeLease, takeLeaseAndPlan } from './lease.ts'
import type { Base } from './restore.ts'
import { sourceOf } from './runtime.ts'
import { inlined, load, store } from './stored.ts'
import {
  formerName,
  kindNow,
  type PlanForGraph,
  planForGraph,
  refuseUnknownStreams,
  streamChanges,
  streamNow,
} from './stored-streams.ts'

/** A plan under this invocation's lease: the licence to run its batch. */
export interface BatchPlan extends PlanForGraph {
  readonly kind: 'planned'
  readonly attempt: Attempt
  /** Whether the head holds it. If not, it is committed by the swap that commits its batch, or recorded with its failure. */
  readonly ahead: boolean
  /** How often this batch was begun, over all invocations. */
  readonly tries: number
  readonly stored: Stored<Plan>
}

/** `nothing`: no source has more. `overtaken`: the lease was not to be had. `fenced`: it was lost. */
export type Planning = BatchPlan | { readonly kind: 'nothing' | 'overtaken' | 'fenced' }

/**
 * The plan of the next batch: the one in the head, unchanged, if an earlier attempt died; else cut now, and swapped into the
 * head before any side effect (P5).
 */
export async function planBatch(run: Invocation, base: Base, decision: RunDecision): Promise<Planning> {
  if (decision.kind === 'plan') return cut(run, base, { batchTime: decision.batchTime })
  const { batchTime, plan: stored } = decision.planned
  const made = await load(run.runtime.checkpoint, stored, decodePlan)
  const taken = planForGraph(run.runtime, made, base.changes)
  refuseUnknownStreams(run.runtime, made, base.changes)
  if (decision.kind === 'replan') return cut(run, base, { batchTime, before: taken.plan })
  return inHead(run, attemptAt(run, batchTime), { ...taken, stored })
}

/** The plan that the head holds, also with data of a stream that the application no longer has: a skip reads none. */
export async function planToSkip(
  run: Invocation,
  base: Base,
  { batchTime, plan: stored }: Planned,
): Promise<BatchPlan> {
  const made = await load(run.runtime.checkpoint, stored, decodePlan)
  return inHead(run, attemptAt(run, batchTime), { ...planForGraph(run.runtime, made, base.changes), stored })
}

const NO_MEMORY: SourceMemory = { has: () => false, add: () => {}, size: 0 }

interface Cut {
  readonly batchTime: BatchTime
  /** The plan of this batch that no attempt could finish. */
  readonly before?: Plan
}

async function cut(run: Invocation, base: Base, request: Cut): Promise<Planning> {
  const ahead = isAhead(run, base)
  const cutting = cutSources(run, base, request)
  // A plan that goes ahead travels with the lease; else that is taken beside the cutting, which is what a batch waits for.
  const [sources, lease] = await allDone([cutting, ahead || hasLease(run) ? undefined : takeLease(run)])
  if (lease === 'overtaken') return { kind: 'overtaken' }
  if (run.options.due === 'source' && nothingNew(base, sources)) return { kind: 'nothing' }
  const plan = planOf(run, request, sources)
  return ahead ? planAhead(run, plan) : planAlong(run, plan)
}

function isAhead({ head: { head }, owner, runtime: { graph } }: Invocation, base: Base): boolean {
  const streams = graph.inputs.map(({ uid }) => uid)
  const { hasForeachRDD } = graph
  return mustPlanAhead({ head, owner, hasForeachRDD, streams, positions: base.manifest?.positions ?? {} })
}

function planOf({ runtime, options, head: { head } }: Invocation, { batchTime }: Cut, sources: Plan['sources']): Plan {
  return {
    formatVersion: 1,
    batchTime,
    clockMs: options.due === 'source' ? batchTime : runtime.clock.now(),
    seed: seedOf(head, batchTime),
    fingerprint: runtime.graph.fingerprint(),
    sources,
  }
}

/** Plan and commit are one swap: the plan is in no head before its batch is committed, or has failed. */
async function planAlong(run: Invocation, plan: Plan): Promise<BatchPlan> {
  const { batchTime } = plan
  const attempt = attemptAt(run, batchTime)
  const stored = await store(run.runtime.checkpoint, () => planKey(run.runtime.app, attempt), plan)
  run.planAlong = { batchTime, plan: stored }
  return { kind: 'planned', attempt, ahead: false, tries: 1, plan, stored }
}

async function planAhead(run: Invocation, plan: Plan): Promise<Planning> {
  const { batchTime } = plan
  const { hasForeachRDD } = run.runtime.graph
  if (!hasLease(run)) {
    const stored = inlined(plan)
    const lease =
      stored === undefined ? takeLease(run) : takeLeaseAndPlan(run, { batchTime, plan: stored, hasForeachRDD })
    if ((await lease) === 'overtaken') return { kind: 'overtaken' }
    if (stored !== undefined) return inHead(run, attemptAt(run, batchTime), { plan, stored })
  }
  const attempt = attemptAt(run, batchTime)
  const stored = await store(run.runtime.checkpoint, () => planKey(run.runtime.app, attempt), plan)
  const written: NewPlan = { batchTime, plan: stored, hasForeachRDD }
  if ((await run.head.swap((head) => planned(head, written))) === 'fenced') return { kind: 'fenced' }
  return inHead(run, attempt, { plan, stored })
}

/**
 * All streams at once: each may have to read to know where its part ends. A part without data is kept when the plan is cut
 * smaller, as it may be what says where LATEST is (`latest-pinned-once`): asked again, a stream would skip what came since. So
 * is one of a stream that makes its part, and need not make the same again; one of a stream without a position if it would begin
 * elsewhere now: what the source has lost meanwhile would be skipped. And one of a stream that only other code has, which begins
 * where that says if it comes back.
 */
async function cutSources(
  run: Invocation,
  base: Base,
  { batchTime, before }: Cut,
): Promise<{ [uid: string]: SourcePlan }> {
  const { runtime, signal } = run
  const box = afterUpgrade(await letterBox(runtime.checkpoint, run.head.head), streamChanges(base.changes))
  const room = capacity(run)
  const cuts = runtime.graph.inputs.map(async ({ uid, descriptor }) => {
    const former = formerName(base.changes, uid)
    const kept = ownValue(before?.sources, uid)
    const { kind } = descriptor
    const isOf = (letters: DeadLetters) => streamNow(runtime, letters.stream) === uid && letters.kind === kind
    const limits = planLimits(kind === 'kinesis' ? 'spooled' : 'streamed', room)
    const again = await retriesWithin(runtime.checkpoint, box, { isOf, share: room.share, maxBytes: limits.maxBytes })
    const retried = again.length === 0 ? {} : { retried: again }
    const source = sourceOf(runtime, uid)
    if (kept !== undefined && (source.isWhole || kept.ranges.length === 0))
      return [uid, { ...withoutRetries(kept), ...former, ...retried }] as const
    const position = positionOf(base, uid)
    const anew = await source.plan({
      batchTime,
      position,
      limits,
      // A table costs more than the plan of a tiny batch: who adds nothing to a memory has none.
      memory: source.remember === undefined ? NO_MEMORY : await base.state.memory(uid),
      signal,
    })
    const made = kept !== undefined && position === undefined && !beginsAlike(kept, anew) ? kept : anew
    return [uid, { ...withoutRetries(made), kind, ...former, ...retried }] as const
  })
  const others = Object.entries(before?.sources ?? {}).filter(([uid]) => kindNow(runtime, uid) === undefined)
  return Object.fromEntries([...others, ...(await allDone(cuts))])
}

/** Those of a plan that is cut smaller are chosen anew, fewer of them: the rest waits in the box as before. */
function withoutRetries({ retried: _, ...cut }: SourcePlan): SourcePlan {
  return cut
}

/** Whether there is data still, of no partition from elsewhere; those that only one of the two has tell nothing. */
function beginsAlike(before: SourcePlan, { ranges }: SourcePlan): boolean {
  const begins = new Map(before.ranges.map(({ partition, from }) => [partition, JSON.stringify(from)]))
  const isAlike = ({ partition, from }: OffsetRange): boolean =>
    !begins.has(partition) || begins.get(partition) === JSON.stringify(from)
  return ranges.length > 0 && ranges.every(isAlike)
}

function capacity(run: Invocation) {
  const { options, runtime } = run
  const { planned } = run.head.head
  return {
    memoryBytes: runtime.memoryBytes,
    timeLeftMs: options.deadlineMs - options.marginMs - runtime.clock.now(),
    share: planned === undefined ? 1 : 1 / 2 ** timesTooLarge(planned),
  }
}

/**
 * Whether a batch that the clock does not ask for would be for nothing. The first one never is: it fixes where LATEST is
 * and which files were there before (P5).
 */
function nothingNew(base: Base, sources: { readonly [uid: string]: SourcePlan }): boolean {
  return Object.entries(sources).every(([uid, cut]) => isIdle(cut, positionOf(base, uid)))
}

/** An empty part that moves on is something: an empty item of a queue is a batch of its own. */
function isIdle({ ranges, more, gaps = [], next, repeats, retried }: SourcePlan, position: Json | undefined): boolean {
  if (retried !== undefined) return false
  if (repeats === true && position !== undefined) return true
  const moves = ranges.length > 0 && JSON.stringify(next) !== JSON.stringify(position)
  return position !== undefined && !more && !moves && gaps.length === 0 && ranges.every(({ records }) => records === 0)
}

function positionOf(base: Base, uid: string): Json | undefined {
  return ownValue(base.manifest?.positions, uid)
}

function attemptAt(run: Invocation, batchTime: BatchTime): Attempt {
  const { incarnation, token } = run.head.head
  run.attempts++
  return { incarnation, batchTime, token, number: run.attempts }
}

function inHead(run: Invocation, attempt: Attempt, held: PlanForGraph & Pick<BatchPlan, 'stored'>): BatchPlan {
  const { planned } = run.head.head
  assert(planned?.batchTime === attempt.batchTime, 'a batch runs only with its plan in the head')
  return { kind: 'planned', attempt, ahead: true, tries: planned.attempts, ...held }
}

/** The same in every attempt and in every run over the same grid. */
function seedOf({ app, incarnation }: Head, batchTime: BatchTime): number {
  return crc32c(new TextEncoder().encode(`${app}/${incarnation}/${batchTime}`))
}
