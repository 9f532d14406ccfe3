import type { Attempt, BatchTime } from '../checkpoint/attempt.ts'
import type { Marks } from '../checkpoint/consumed-blocks.ts'
import { zeroTimeAt } from '../checkpoint/grid.ts'
import type { Manifest, StateManifest } from '../checkpoint/manifest.ts'
import { marksLeft } from '../checkpoint/marks-left.ts'
import { changelogKey, manifestKey } from '../checkpoint/names.ts'
import { reincarnated } from '../checkpoint/operator-acts.ts'
import type { Plan } from '../checkpoint/plan.ts'
import { inline } from '../checkpoint/stored.ts'
import { StateStore } from '../state/state-store.ts'
import { sourceOperator } from '../state/table-id.ts'
import { SluiceError } from '../util/errors.ts'
import { committedManifest } from './committed-manifest.ts'
import type { Invocation } from './invocation.ts'
import { operatorAct, overtaken } from './operator-act.ts'
import { publishCommitted } from './publish.ts'
import { openState } from './restore.ts'
import type { Runtime } from './runtime.ts'
import { shedHistory } from './shed-history.ts'
import { putObject, store } from './stored.ts'
import { graphRecord } from './upgrade.ts'

export interface ResetRequest {
  /** Recorded with what the new incarnation begins with. */
  readonly reason: string
  /** Streams go on where the last commit ended, file streams with the files that they have read; only other state is dropped. */
  readonly keepPositions?: boolean
  /** Z of the new incarnation in milliseconds, by default Spark's rule from the clock; never before the last batch. */
  readonly startMs?: number
  readonly signal: AbortSignal
}

/** How an application begins anew. */
export interface ResetReport {
  readonly incarnation: number
  /** The first batch is one interval later. */
  readonly zeroTime: number
  /** The batch that was planned and is given up, its data with it unless streams begin anew. */
  readonly droppedPlan?: BatchTime
}

/**
 * Lets an application begin anew, on the record: without state and windows and, unless positions are kept, with streams where a
 * first start would have them. Committed output stays, and names go on after it: no batch time is used again. What is
 * committed and not visible yet becomes visible first. Takes the lease from whoever has it.
 */
export async function resetApplication(runtime: Runtime, request: ResetRequest): Promise<ResetReport> {
  return operatorAct(runtime, {
    signal: request.signal,
    check: (run) => void zeroTimeFor(run, request),
    act: (run) => reset(run, request),
  })
}

async function reset(run: Invocation, request: ResetRequest): Promise<ResetReport> {
  const { runtime } = run
  const { committed } = run.head.head
  if (committed !== undefined) await publishCommitted(run, committed, { redo: true })
  const { head } = run.head
  const zeroTime = zeroTimeFor(run, request)
  const { token, incarnation, planned } = head
  const attempt: Attempt = { incarnation: incarnation + 1, batchTime: zeroTime, token, number: ++run.attempts }
  const before = committed && (await committedManifest(runtime, committed))
  const begun = await firstManifest(run, attempt, { ...request, before })
  const manifest = await store(runtime.checkpoint, () => manifestKey(runtime.app, attempt), begun)
  const history = await shedHistory(runtime, attempt, head)
  const done = await run.head.swap((head) => reincarnated(head, { attempt, manifest, zeroTime, history }))
  if (done === 'fenced') throw overtaken(runtime, 'reset it')
  runtime.log.info('application-reset', { app: runtime.app, incarnation: attempt.incarnation, reason: request.reason })
  return {
    incarnation: attempt.incarnation,
    zeroTime,
    ...(planned === undefined ? {} : { droppedPlan: planned.batchTime }),
  }
}

function zeroTimeFor({ runtime, head: { head } }: Invocation, { startMs }: ResetRequest): number {
  const last = head.committed?.attempt.batchTime ?? head.zeroTime
  if (startMs === undefined) return Math.max(last, zeroTimeAt(runtime.clock.now(), runtime.batchIntervalMs))
  if (startMs >= last) return startMs
  throw new SluiceError({
    code: 'start-too-early',
    kind: 'invalid',
    message: `Outputs of batches up to ${last} ms exist, and their names are not used again; start there or later, not at ${startMs} ms`,
  })
}

interface Beginning extends ResetRequest {
  readonly before: Manifest | undefined
}

/** What the new incarnation goes on from: no batch, but positions, what sources remember, and the reason. */
async function firstManifest(run: Invocation, attempt: Attempt, beginning: Beginning): Promise<Manifest> {
  const { runtime } = run
  const { before, keepPositions = false, reason } = beginning
  const nowMs = runtime.clock.now()
  const plan: Plan = {
    formatVersion: 1,
    batchTime: attempt.batchTime,
    clockMs: nowMs,
    seed: 0,
    fingerprint: runtime.graph.fingerprint(),
    sources: {},
  }
  return {
    formatVersion: 1,
    attempt,
    plan: inline(plan, JSON.stringify(plan)),
    ...positionsLeft(before, keepPositions),
    state: keepPositions && before !== undefined ? await memories(run, attempt, before) : NO_STATE,
    ...(keepPositions && before?.graph !== undefined ? { graph: { ...before.graph, operators: [] } } : {}),
    outputs: [],
    stats: {
      records: {},
      attempts: 0,
      submissionTime: nowMs,
      processingStartTime: nowMs,
      processingEndTime: nowMs,
    },
    began: { by: 'reset', reason },
  }
}

function positionsLeft(
  before: Manifest | undefined,
  keepPositions: boolean,
): Pick<Manifest, 'positions' | 'otherInputs' | 'marks'> {
  if (before === undefined) return { positions: {} }
  const { positions, otherInputs, marks } = before
  if (!keepPositions) return { positions: {}, ...marksField(marksLeft(before)) }
  return { positions, ...(otherInputs && { otherInputs }), ...marksField(marks) }
}

function marksField(marks: Marks = {}): Pick<Manifest, 'marks'> {
  return Object.keys(marks).length === 0 ? {} : { marks }
}

const NO_STATE: StateManifest = { snapshots: [], changelogs: [] }

/** What the sources remember, as state of its own. */
async function memories({ runtime, head }: Invocation, attempt: Attempt, before: Manifest): Promise<StateManifest> {
  const old = openState({ ...runtime, state: new StateStore() }, head.head, before)
  const fresh = openState({ ...runtime, state: new StateStore() }, head.head, undefined)
  const streams = before.graph?.inputs ?? graphRecord(runtime.graph).inputs
  for (const uid of Object.keys(streams)) {
    const memory = await fresh.memory(uid)
    for (const [key] of (await old.table<string, true>(sourceOperator(uid), 0, 1)).entries()) memory.add(key)
  }
  const { batchTime } = attempt
  const sealed = fresh.seal(batchTime)
  if (sealed.changes === undefined) return sealed.manifest(undefined, [])
  const object = await putObject(runtime.checkpoint, changelogKey(runtime.app, attempt), sealed.changes)
  return sealed.manifest({ batchTime, sizeBytes: sealed.changes.byteLength, object }, [])
}
