import type { Attempt, BatchTime } from '../checkpoint/attempt.ts'
import { decodeManifest, decodePlan } from '../checkpoint/decode-record.ts'
import type { Failure, Head } from '../checkpoint/head.ts'
import type { Manifest, StagedOutput } from '../checkpoint/manifest.ts'
import type { OffsetRange, Plan, SourcePlan } from '../checkpoint/plan.ts'
import type { Json, Stored } from '../checkpoint/stored.ts'
import { attemptOfManifest } from '../checkpoint/stored-manifest.ts'
import { ownValue } from '../util/own-value.ts'
import { type BatchReport, batchReport } from './batch-report.ts'
import { notRetained, unlessGivenUp, whileRetained } from './given-up.ts'
import { retainedManifests } from './history.ts'
import { noCheckpoint } from './operator-act.ts'
import type { Runtime } from './runtime.ts'
import { type OperatorChanges, stateChanges } from './state-changes.ts'
import { load } from './stored.ts'

export interface InspectRequest {
  readonly batchTime: BatchTime
  /** Ranges of each stream, and changes of each operator, that are shown at most; 20 by default. */
  readonly limit?: number
}

/** All there is to see of one batch. */
export interface BatchInspection {
  readonly batchTime: BatchTime
  readonly plan: Pick<Plan, 'clockMs' | 'seed' | 'fingerprint'>
  readonly inputs: readonly InspectedInput[]
  /** Absent for a batch that is planned and not committed. */
  readonly committed?: CommittedInspection
  /** Why the batch is not committed yet, as far as an attempt at it has failed. */
  readonly failure?: Failure
}

export interface InspectedInput extends Pick<SourcePlan, 'kind' | 'next' | 'more'> {
  readonly stream: string
  /** Where the stream was before, as the plan before it says. */
  readonly position?: Json
  /** Read, or planned to be; absent where that shows only when it is read. */
  readonly records?: number
  readonly ranges: readonly OffsetRange[]
  readonly rangesInAll: number
  readonly gaps: NonNullable<SourcePlan['gaps']>
}

export interface CommittedInspection {
  readonly attempt: Attempt
  readonly predecessor?: Attempt
  readonly report: BatchReport
  readonly state: readonly OperatorChanges[]
  readonly outputs: readonly InspectedOutput[]
}

export interface InspectedOutput extends Pick<StagedOutput, 'output' | 'kind' | 'destination' | 'detail'> {
  readonly files: readonly { readonly name: string; readonly sizeBytes: number; readonly crc32c: string }[]
}

/**
 * Looks at one retained batch, or at the one that is planned: what it read, from where to where, what it changed in the state
 * and what it wrote. Reads the checkpoint alone. Rejects with code `batch-not-found`.
 */
export async function inspectBatch(runtime: Runtime, request: InspectRequest): Promise<BatchInspection> {
  const head = await runtime.register.read(runtime.app)
  if (head === undefined) throw noCheckpoint(runtime)
  const { batchTime } = request
  return whileRetained(runtime, { head, batchTime }, inspected(runtime, head, request))
}

async function inspected(
  runtime: Runtime,
  head: Head,
  { batchTime, limit = 20 }: InspectRequest,
): Promise<BatchInspection> {
  const [stored, before] = await storedManifests(runtime, head, batchTime)
  const { planned } = head
  if (stored === undefined && planned?.batchTime !== batchTime) throw notRetained(runtime, batchTime)
  const manifest = stored && (await load(runtime.checkpoint, stored, decodeManifest))
  const previous = before && (await unlessGivenUp(runtime, head, load(runtime.checkpoint, before, decodeManifest)))
  const plan = manifest?.plan ?? planned?.plan
  if (plan === undefined) throw notRetained(runtime, batchTime)
  const { clockMs, seed, fingerprint, sources } = await load(runtime.checkpoint, plan, decodePlan)
  return {
    batchTime,
    plan: { clockMs, seed, fingerprint },
    inputs: Object.entries(sources).map(([stream, cut]) => inputOf(stream, cut, { manifest, previous, limit })),
    ...(manifest === undefined ? {} : { committed: await committedOf(runtime, manifest, limit) }),
    ...(manifest !== undefined || planned?.failure === undefined ? {} : { failure: planned.failure }),
  }
}

/** The batch of that time and the one before it; what an incarnation begins with may have the time of the last batch before. */
async function storedManifests(
  { checkpoint }: Runtime,
  head: Head,
  batchTime: BatchTime,
): Promise<readonly [Stored<Manifest> | undefined, Stored<Manifest> | undefined]> {
  let found: Stored<Manifest> | undefined
  for await (const stored of retainedManifests(checkpoint, head)) {
    const time = attemptOfManifest(stored).batchTime
    if (time < batchTime) return [found, stored]
    if (time === batchTime) found = stored
  }
  return [found, undefined]
}

interface InputGround {
  readonly manifest: Manifest | undefined
  readonly previous: Manifest | undefined
  readonly limit: number
}

function inputOf(stream: string, cut: SourcePlan, { manifest, previous, limit }: InputGround): InspectedInput {
  const position = cut.anew ? undefined : ownValue(previous?.positions, cut.renamedFrom ?? stream)
  const records = recordsOf(manifest, stream) ?? cut.records
  return {
    stream,
    kind: cut.kind,
    ...(position === undefined ? {} : { position }),
    next: cut.next,
    more: cut.more,
    ...(records === undefined ? {} : { records }),
    ranges: cut.ranges.slice(0, limit),
    rangesInAll: cut.ranges.length,
    gaps: cut.gaps ?? [],
  }
}

/** What the batch has read of a stream, by the plan's name for it. */
function recordsOf(manifest: Manifest | undefined, stream: string): number | undefined {
  const { plannedAs, stats } = manifest ?? {}
  const named = plannedAs && Object.entries(plannedAs).find(([, planned]) => planned === stream)
  return plannedAs !== undefined && named === undefined ? undefined : ownValue(stats?.records, named?.[0] ?? stream)
}

async function committedOf(runtime: Runtime, manifest: Manifest, limit: number): Promise<CommittedInspection> {
  const { attempt, predecessor } = manifest
  return {
    attempt,
    ...(predecessor === undefined ? {} : { predecessor }),
    report: batchReport(manifest),
    state: await stateChanges(runtime, manifest, limit),
    outputs: manifest.outputs.map(({ files, ...output }) => ({
      ...output,
      files: files.map(({ name, sizeBytes, crc32c }) => ({ name, sizeBytes, crc32c })),
    })),
  }
}
