import type { BatchTime } from '../checkpoint/attempt.ts'
import type { Planned } from '../checkpoint/head.ts'
import { SluiceError } from '../util/errors.ts'
import type { BatchReport } from './batch-report.ts'
import { commit } from './commit.ts'
import type { Invocation } from './invocation.ts'
import { operatorAct } from './operator-act.ts'
import { planToSkip } from './plan.ts'
import { publishCommitted } from './publish.ts'
import { reportBatch } from './report.ts'
import { restore } from './restore.ts'
import { runPlan } from './run.ts'
import type { Runtime } from './runtime.ts'
import { stage } from './stage.ts'

export interface SkipRequest {
  /** The batch that is planned; naming it is what keeps an operator who looks at an old state from skipping another (P13). */
  readonly batchTime: BatchTime
  /** Recorded with the batch. */
  readonly reason: string
  readonly signal: AbortSignal
}

/**
 * Gives up a planned batch, on the record: its data is passed over, it makes no output, and to windows and state it is an
 * empty batch. Takes the lease from whoever has it (P1). Rejects when another batch, or none, is planned.
 */
export async function skipBatch(runtime: Runtime, request: SkipRequest): Promise<BatchReport> {
  return operatorAct(runtime, {
    check: (run) => void plannedBatch(run, request),
    act: (run) => skipPlanned(run, request),
    signal: request.signal,
  })
}

async function skipPlanned(run: Invocation, request: SkipRequest): Promise<BatchReport> {
  const { committed } = run.head.head
  if (committed !== undefined) await publishCommitted(run, committed, { redo: true })
  const base = await restore(run)
  try {
    const planned = await planToSkip(run, base, plannedBatch(run, request))
    const result = await runPlan(run, base, planned, { purpose: 'skip' })
    const permit = await stage(run, base, { ...result, records: {}, skipped: { reason: request.reason } })
    if ((await commit(run, permit)).kind === 'fenced') throw fenced(request)
    base.state.settle(permit.attempt)
    reportBatch(run, permit)
  } finally {
    base.state.abandon()
  }
  const [report] = run.reports
  if (report === undefined) throw fenced(request)
  return report
}

function plannedBatch(run: Invocation, { batchTime }: SkipRequest): Planned {
  const { planned } = run.head.head
  if (planned?.batchTime === batchTime) return planned
  const instead = planned === undefined ? 'none is' : `${planned.batchTime} ms is`
  throw new SluiceError({
    code: 'batch-not-planned',
    kind: 'invalid',
    message: `Only the batch that is planned can be skipped, and ${instead}; this one is not: ${batchTime} ms`,
  })
}

function fenced({ batchTime }: SkipRequest): SluiceError {
  return new SluiceError({
    code: 'skip-overtaken',
    kind: 'retryable',
    message: `Somebody else took the application over while the batch was being skipped; look again whether it is still planned: ${batchTime} ms`,
  })
}
