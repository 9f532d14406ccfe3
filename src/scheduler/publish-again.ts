import type { BatchTime } from '../checkpoint/attempt.ts'
import { objectsNamedIn } from '../checkpoint/garbage.ts'
import type { Manifest, StagedOutput } from '../checkpoint/manifest.ts'
import type { ObjectStore } from '../ports/object-store.ts'
import type { OutputFault } from '../ports/sink.ts'
import { SluiceError } from '../util/errors.ts'
import { whileRetained } from './given-up.ts'
import { noCheckpoint } from './operator-act.ts'
import { type BatchRange, noneRetained, retainedBetween } from './past-batch.ts'
import { publishWhole, sinkOf } from './publish.ts'
import type { Runtime } from './runtime.ts'

export interface PublishRequest extends BatchRange {
  readonly signal: AbortSignal
}

/** What publishing a batch again came to. */
export interface PublishReport {
  readonly batchTime: BatchTime
  /** Every output that can be looked at is there as it was committed, and nothing else with it. */
  readonly whole: boolean
  readonly outputs: readonly RepublishedOutput[]
}

export interface RepublishedOutput {
  readonly output: string
  readonly destination?: string
  /** What was wrong before. Absent where the sink cannot look: then the output is published in any case. */
  readonly found?: readonly OutputFault[]
  readonly published: boolean
  /** What is wrong still, as no publish mends it. */
  readonly left: readonly OutputFault[]
}

/**
 * Publishes the retained batches of a range again, the oldest first: what is missing or was changed at its destination is
 * written from the committed bytes under the same names, which is what any late publisher may do (P9), so it takes no lease.
 * Rejects with code `staged-collected`, before anything of a batch is written, where its bytes are gone; with `batch-not-found` if
 * that is because a collection has given it up meanwhile.
 */
export async function* publishAgain(runtime: Runtime, request: PublishRequest): AsyncGenerator<PublishReport> {
  const head = await runtime.register.read(runtime.app)
  if (head === undefined) throw noCheckpoint(runtime)
  let any = false
  for await (const manifest of retainedBetween(runtime, head, request)) {
    any = true
    const { batchTime } = manifest.attempt
    yield await whileRetained(runtime, { head, batchTime }, publishBatch(runtime, manifest, request.signal))
  }
  if (!any) throw noneRetained(runtime, request)
}

async function publishBatch(runtime: Runtime, manifest: Manifest, signal: AbortSignal): Promise<PublishReport> {
  const { batchTime } = manifest.attempt
  const found: (readonly OutputFault[] | undefined)[] = []
  for (const staged of manifest.outputs) found.push(await lookAt(runtime, staged, signal))
  const isWanted = (i: number): boolean => found[i]?.some(({ mendable }) => mendable) ?? true
  for (const [i, staged] of manifest.outputs.entries())
    if (isWanted(i)) await requireStaged(runtime.checkpoint, staged, batchTime)
  const outputs: RepublishedOutput[] = []
  for (const [i, staged] of manifest.outputs.entries())
    outputs.push(await publishOutput(runtime, manifest, { staged, found: found[i], wanted: isWanted(i), signal }))
  return { batchTime, whole: outputs.every(({ left }) => left.length === 0), outputs }
}

async function lookAt(
  runtime: Runtime,
  staged: StagedOutput,
  signal: AbortSignal,
): Promise<readonly OutputFault[] | undefined> {
  return sinkOf(runtime, staged).audit?.(staged, { quick: false, signal })
}

interface Publishing {
  readonly staged: StagedOutput
  readonly found: readonly OutputFault[] | undefined
  readonly wanted: boolean
  readonly signal: AbortSignal
}

async function publishOutput(
  runtime: Runtime,
  { attempt }: Manifest,
  { staged, found, wanted, signal }: Publishing,
): Promise<RepublishedOutput> {
  const { output, destination } = staged
  if (wanted) {
    await publishWhole(sinkOf(runtime, staged), staged, { attempt, store: runtime.checkpoint, signal })
    runtime.log.info('published-again', { app: runtime.app, batchTime: attempt.batchTime, output })
  }
  return {
    output,
    ...(destination === undefined ? {} : { destination }),
    ...(found === undefined ? {} : { found }),
    published: wanted,
    left: wanted ? ((await lookAt(runtime, staged, signal)) ?? []) : (found ?? []),
  }
}

async function requireStaged(checkpoint: ObjectStore, staged: StagedOutput, batchTime: BatchTime): Promise<void> {
  for (const { key } of objectsNamedIn(staged)) {
    if ((await checkpoint.head(key)) === undefined) throw stagedCollected(checkpoint, key, batchTime)
  }
}

function stagedCollected({ url }: ObjectStore, key: string, batchTime: BatchTime): SluiceError {
  return new SluiceError({
    code: 'staged-collected',
    kind: 'data',
    message: `The bytes that batch ${batchTime} ms committed are gone from the checkpoint, so nothing of it was published again; restore them, or replay the batch and take what that makes: ${url}/${key}`,
  })
}
