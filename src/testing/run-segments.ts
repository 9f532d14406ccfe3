import type { InvocationOptions } from '../scheduler/invocation.ts'
import { runInvocation } from '../scheduler/run-invocation.ts'
import { closeSources, type Runtime } from '../scheduler/runtime.ts'
import { SluiceError } from '../util/errors.ts'

/** After how many batches everything in memory is thrown away; several restarts make a list. */
export type Restarts = number | readonly number[]

export interface SegmentOptions {
  /** Makes a process: what it remembers is lost at the next restart. */
  readonly process: () => Runtime
  /** Batches to run in all; without it, until no source has more. */
  readonly batches?: number | undefined
  readonly restartAfter?: Restarts | undefined
  /** Z in milliseconds, if the checkpoint does not know it yet. */
  readonly zeroTime: number
}

/**
 * Runs batches through the real scheduler, process after process over one world. Rejects as the batch that fails does;
 * later batches are not run.
 */
export async function runSegments({ process, batches, restartAfter, zeroTime }: SegmentOptions): Promise<Runtime> {
  let runtime = process()
  let done = 0
  for (const end of segmentEnds(batches, restartAfter)) {
    if (done > 0) {
      await closeSources(runtime)
      runtime = process()
    }
    done += await runSome(
      runtime,
      { zeroTime, due: 'source', ...(end === undefined ? {} : { maxBatches: end - done }) },
      batches,
    )
  }
  return runtime
}

async function runSome(
  runtime: Runtime,
  options: Pick<InvocationOptions, 'zeroTime' | 'maxBatches' | 'due'>,
  batches: number | undefined,
): Promise<number> {
  const forever = Number.POSITIVE_INFINITY
  const due = batches === undefined ? 'source' : 'clock'
  const outcome = await runInvocation(runtime, {
    ...options,
    due,
    deadlineMs: forever,
    marginMs: 0,
    waitUntilMs: Number.MAX_SAFE_INTEGER,
    impatient: true,
  })
  return outcome.reports.length
}

/** The numbers of batches after which a process ends; `undefined`: when the sources have nothing more. */
function segmentEnds(batches: number | undefined, restartAfter: Restarts = []): readonly (number | undefined)[] {
  const restarts = typeof restartAfter === 'number' ? [restartAfter] : restartAfter
  const wrong = restarts.find((after, i) => !Number.isSafeInteger(after) || after <= (restarts[i - 1] ?? 0))
  if (wrong !== undefined) {
    throw new SluiceError({
      code: 'bad-restart',
      kind: 'invalid',
      message: `restartAfter takes how many batches come before each restart, growing, from 1: ${wrong}`,
    })
  }
  return [...restarts.filter((after) => batches === undefined || after < batches), batches]
}
