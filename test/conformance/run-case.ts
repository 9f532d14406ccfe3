import { type DStream, milliseconds, Time } from 'sluice'
import { type OperationRun, runOperation } from 'sluice/testing'
import type { AnyStream } from './any-stream.ts'
import type { ExecutableCase } from './case.ts'
import { type Comparison, canonical, compared, comparedElements } from './compare.ts'
import { textOf, wrongEnd } from './failure.ts'
import { applyPipeline } from './steps.ts'

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
  let slideMs: number | undefined
  const run = await runOperation<unknown, never, never, never>({
    inputs: (given.input ?? []) as readonly never[][],
    inputs2: (given.input2 ?? []) as readonly never[][],
    inputs3: (given.input3 ?? []) as readonly never[][],
    operation: (input, input2, input3) => {
      const sources = { input, input2, input3 } as unknown as Readonly<Record<string, AnyStream>>
      const last = applyPipeline(input as unknown as AnyStream, pipeline, sources) as unknown as DStream<unknown>
      slideMs = last.slideDuration.milliseconds
      return last
    },
    batchInterval: milliseconds(batchMs),
    numPartitions,
    defaultParallelism: 2,
    ...(numBatches === undefined ? {} : { numBatches }),
    ...(restartAfterBatches === undefined ? {} : { restartAfter: restartAfterBatches }),
  })
  const wrong = wrongEnd({ params: given.params, run, slideMs })
  if (wrong !== undefined) return { ok: false, got: run.batches, error: wrong }
  return queries === undefined ? verdict(compared(given, run)) : judgedSlices(given, run, queries)
}

async function judgedSlices(
  given: ExecutableCase,
  run: OperationRun<unknown>,
  queries: readonly (readonly [number, number])[],
): Promise<Judgement> {
  const slices: unknown[][] = []
  try {
    for (const [from, to] of queries) slices.push((await run.slice(new Time(from), new Time(to))).flat(1))
  } catch (error) {
    if (!given.params.expectError) throw error
    return verdict(comparedElements(given, slices))
  }
  if (given.params.expectError && run.error === undefined) return { ok: false, got: slices, error: 'it must fail' }
  return verdict(comparedElements(given, slices))
}

function verdict({ got, want }: Comparison): Judgement {
  if (canonical(got) === canonical(want)) return { ok: true }
  return { ok: false, got, error: `expected ${canonical(want)}` }
}
