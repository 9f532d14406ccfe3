import type { BatchTime } from '../checkpoint/attempt.ts'
import type { RunDecision } from '../checkpoint/decide.ts'
import { nextBatchTime } from '../checkpoint/grid.ts'
import type { Committed, Head } from '../checkpoint/head.ts'
import { failed, type NewPlan } from '../checkpoint/transitions.ts'
import { allDone } from '../util/all-done.ts'
import { messageOf, SluiceError } from '../util/errors.ts'
import { type CommitOutcome, type CommitPermit, commit } from './commit.ts'
import { committedManifest } from './committed-manifest.ts'
import type { Invocation } from './invocation.ts'
import { hasLease } from './lease.ts'
import { isLostGround } from './lost-ground.ts'
import { lookAhead } from './output-places.ts'
import type { SwapOutcome } from './own-head.ts'
import { planBatch } from './plan.ts'
import { publishCommitted } from './publish.ts'
import { reportBatch, reportFailure, reportRedone } from './report.ts'
import { type Base, restore } from './restore.ts'
import { runPlan } from './run.ts'
import { stage } from './stage.ts'

/**
 * `nothing`: with `due: 'source'`, no source has more. `overtaken`: somebody else changed the head before anything was begun.
 * `fenced`: somebody else has the application; nothing was published.
 */
export type BatchOutcome = { readonly kind: 'committed' | 'nothing' | 'overtaken' | 'fenced' }

/** One batch, top to bottom: restore, plan, run, stage, commit, publish, report. */
export async function runBatch(run: Invocation, decision: RunDecision): Promise<BatchOutcome> {
  const outcome = await told(run, async () => commitBatch(run, await restore(run), decision))
  return outcome.kind === 'committed' ? told(run, () => showBatch(run, outcome)) : outcome
}

/** Publishes again what is committed and not known to be visible; that it failed is told like any other failure. */
export async function publishAgain(run: Invocation, committed: Committed): Promise<SwapOutcome> {
  const outcome = await told(run, async () => {
    const redone = await publishCommitted(run, committed, { redo: true })
    if (redone || diedBefore(run)) reportRedone(run, await committedManifest(run.runtime, committed))
    return { kind: 'published' } as const
  })
  return outcome.kind === 'published' ? 'ok' : 'fenced'
}

/** Whoever closes everything and gives the lease back has told of the batch; who died may not have come to it. */
function diedBefore({ head: { head } }: Invocation): boolean {
  return head.lease?.tookOver === true
}

interface CommittedBatch extends Extract<CommitOutcome, { readonly kind: 'committed' }> {
  readonly permit: CommitPermit
}

async function commitBatch(
  run: Invocation,
  base: Base,
  decision: RunDecision,
): Promise<CommittedBatch | { readonly kind: 'nothing' | 'overtaken' | 'fenced' }> {
  try {
    const [planned, places] = await allDone([planBatch(run, base, decision), lookAhead(run, batchTimeOf(decision))])
    if (planned.kind !== 'planned') return planned
    const result = await runPlan(run, base, planned, { places })
    const permit = await stage(run, base, result)
    const committed = await commit(run, permit)
    if (committed.kind === 'fenced') return committed
    base.state.settle(permit.attempt)
    return { ...committed, permit }
  } finally {
    base.state.abandon()
  }
}

async function showBatch(run: Invocation, { committed, last, permit }: CommittedBatch): Promise<BatchOutcome> {
  await publishCommitted(run, committed, { redo: false, last })
  reportBatch(run, permit)
  return { kind: 'committed' }
}

/** Carries out a part of a batch; what fails there is recorded and told. */
async function told<T>(run: Invocation, part: () => Promise<T>): Promise<T | Overtaken> {
  const begunOn = run.head.head
  try {
    return await part()
  } catch (error) {
    return await whatFailed(run, begunOn, error)
  }
}

function batchTimeOf(decision: RunDecision): BatchTime {
  return decision.kind === 'plan' ? decision.batchTime : decision.planned.batchTime
}

interface Overtaken {
  readonly kind: 'overtaken' | 'fenced'
}

/** Errors of the register, after which nothing can be recorded in it. */
const NOT_OF_THE_BATCH = new Set(['outcome-unknown', 'head-missing'])

/**
 * Records the failure in the head: the plan stays and blocks later batches until it succeeds or is skipped by an explicit
 * act. An object that is missing is damage only if nobody else has had the application since, as are files of another run where
 * the batch is to be seen; and a head that somebody else has now is none to record anything in (P1):
 *
 *     I: restores, cuts | J: lease t+1, commits, collects | I: an object is missing, or its source fails; finds t+1
 *
 * Nor has anything failed that was begun on a head which this process remembered, and which is no longer so: a source may refuse
 * positions of long ago.
 */
async function whatFailed(run: Invocation, begunOn: Head, error: unknown): Promise<Overtaken> {
  const code = error instanceof SluiceError ? error.code : 'unexpected'
  if (NOT_OF_THE_BATCH.has(code)) throw error
  if (isOthersDoing(error) || !hasLease(run)) await run.head.refresh()
  if (!hasLease(run) && run.head.head.token !== begunOn.token)
    return { kind: begunOn.lease?.owner === run.owner ? 'fenced' : 'overtaken' }
  if (code === 'graph-changed') {
    // No plan is to blame: it must not rest before the code that it waits for runs it.
    reportFailure(run, undefined, error)
    throw error
  }
  const plan = hasLease(run) ? openPlan(run) : undefined
  const cause = run.signal.aborted ? cutOff(run, error) : error
  if (plan !== undefined && (await recordFailure(run, plan, cause)) === 'fenced') return { kind: 'fenced' }
  reportFailure(run, plan?.batchTime ?? unpublished(run), cause)
  throw failure(run, plan, cause)
}

/** Whether it may be a successor's doing: it has collected what it no longer needed, or published the batch. */
function isOthersDoing(error: unknown): boolean {
  return isLostGround(error) || (error instanceof SluiceError && error.code === 'output-exists')
}

/** What has a plan, in the head or in this process alone, and is not committed. */
function openPlan({ head: { head }, planAlong }: Invocation): NewPlan | undefined {
  if (head.planned !== undefined) return head.planned
  return planAlong?.batchTime === nextBatchTime(head) ? planAlong : undefined
}

/** The batch that is committed and not known to be visible: nothing is planned before that is done. */
function unpublished({ head: { head } }: Invocation): BatchTime | undefined {
  return head.committed?.published === false ? head.committed.attempt.batchTime : undefined
}

/** Not to be able to record it must not hide what failed. */
async function recordFailure(run: Invocation, plan: NewPlan, cause: unknown): Promise<SwapOutcome> {
  const failure = {
    message: messageOf(cause).slice(0, 2_000),
    code: cause instanceof SluiceError ? cause.code : 'unexpected',
    atMs: run.runtime.clock.now(),
  }
  try {
    return await run.head.swap((head) => failed(head, failure, plan))
  } catch (error) {
    run.runtime.log.warn('failure-not-recorded', { app: run.runtime.app, error: messageOf(error) })
    return 'ok'
  }
}

/** Only a deadline says that the plan may be too large; who stopped a run by hand wants the same plan again. */
function cutOff({ options }: Invocation, cause: unknown): SluiceError {
  const byHand = options.signal?.aborted === true
  const why = byHand ? 'by its caller' : 'as the invocation was about to end'
  return new SluiceError({
    code: byHand ? 'stopped' : 'deadline',
    kind: 'retryable',
    message: `It was stopped before it was done, ${why}; the next run goes on`,
    cause,
  })
}

function whatHappened(run: Invocation, plan: NewPlan | undefined): string {
  if (plan !== undefined) return `Batch ${plan.batchTime} ms failed and keeps its plan`
  const batchTime = unpublished(run)
  if (batchTime === undefined) return 'No batch could be planned'
  return `Batch ${batchTime} ms is committed, but could not be published yet, which the next run does first`
}

function failure(run: Invocation, plan: NewPlan | undefined, cause: unknown): SluiceError {
  const what = whatHappened(run, plan)
  return new SluiceError({
    code: 'batch-failed',
    kind: cause instanceof SluiceError ? cause.kind : 'internal',
    message: `${what}: ${messageOf(cause)} [application ${run.runtime.app}]`,
    cause,
  })
}
