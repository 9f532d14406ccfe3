import { type DStream, milliseconds, Time } from 'sluice'
import { type OperationRun, runOperation } from 'sluice/testing'
import type { ExecutableCase } from './case.ts'
import { type Comparison, canonical, compared, comparedSlices } from './compare.ts'
import { type AnyStream, applyPipeline, UnknownOperation } from './steps.ts'

/** What became of a case. */
export interface CaseResult {
  readonly suite: string
  readonly name: string
  readonly ok: boolean
  readonly got?: unknown
  readonly error?: string
}

/** Runs a case through the public API and the real scheduler, restarts included. Never rejects. */
export async function runCase(given: ExecutableCase): Promise<CaseResult> {
  const { suite, name } = given
  try {
    return { suite, name, ...(await judged(given)) }
  } catch (error) {
    return { suite, name, ok: false, error: textOf(error) }
  }
}

type Judgement = Pick<CaseResult, 'ok' | 'got' | 'error'>

async function judged(given: ExecutableCase): Promise<Judgement> {
  const { batchMs = 1000, numPartitions = 2, numBatches, pipeline, restartAfterBatches, queries } = given.params
  const run = await runOperation<unknown, never, never, never>({
    inputs: (given.input ?? []) as readonly never[][],
    inputs2: (given.input2 ?? []) as readonly never[][],
    inputs3: (given.input3 ?? []) as readonly never[][],
    operation: (input, input2, input3) => {
      const sources = { input, input2, input3 } as unknown as Readonly<Record<string, AnyStream>>
      return applyPipeline(input as unknown as AnyStream, pipeline, sources) as unknown as DStream<unknown>
    },
    batchInterval: milliseconds(batchMs),
    numPartitions,
    defaultParallelism: 2,
    ...(numBatches === undefined ? {} : { numBatches }),
    ...(restartAfterBatches === undefined ? {} : { restartAfter: restartAfterBatches }),
  })
  const failure = judgedFailure(given, run)
  if (failure !== undefined) return failure
  if (queries === undefined) return verdict(compared(given, run))
  const slices: unknown[][] = []
  for (const [from, to] of queries) slices.push((await run.slice(new Time(from), new Time(to))).flat(1))
  return verdict(comparedSlices(given, slices))
}

function verdict({ got, want }: Comparison): Judgement {
  if (canonical(got) === canonical(want)) return { ok: true }
  return { ok: false, got, error: `expected ${canonical(want)}` }
}

/** Whether the run failed as it must, or not at all; `undefined`: what came out before is to be compared. */
function judgedFailure({ params }: ExecutableCase, run: OperationRun<unknown>): Judgement | undefined {
  const { expectError = false, errorAtMs, batchMs = 1000 } = params
  const { error, numBatches } = run
  if (error === undefined) return expectError ? { ok: false, got: run.batches, error: 'it must fail' } : undefined
  if (!expectError || isUnknownOperation(error)) return { ok: false, got: run.batches, error: textOf(error) }
  const failedAt = isBatchFailure(error) ? (numBatches + 1) * batchMs : 0
  if (errorAtMs === undefined || errorAtMs === failedAt) return undefined
  return { ok: false, error: `it must fail at ${errorAtMs} ms, not at ${failedAt} ms: ${textOf(error)}` }
}

function isBatchFailure(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 'batch-failed'
}

function isUnknownOperation(error: unknown): boolean {
  return error instanceof UnknownOperation
}

function textOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
}
