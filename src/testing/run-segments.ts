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
  /** How many batches of this run are committed, by what outlives processes. */
  readonly done: () => number | Promise<number>
  /** Whether a process ended for a reason that another one may not meet. By default the first failure ends the run. */
  readonly another?: ((error: unknown) => boolean) | undefined
}

/** More than any plan of faults that ends: with it, a plan that does not is told from a run that is slow. */
const MOST_PROCESSES = 1_000

/**
 * Runs batches through the real scheduler, process after process over one world. Rejects as the batch that fails does;
 * later batches are not run.
 */
export async function runSegments(options: SegmentOptions): Promise<Runtime> {
  const { process, batches, restartAfter, done, another = () => false } = options
  let runtime = process()
  let processes = 1
  const restart = async () => {
    await closeSources(runtime)
    runtime = process()
    processes++
  }
  for (const end of segmentEnds(batches, restartAfter)) {
    if ((await done()) > 0) await restart()
    for (;;) {
      try {
        await runSome(runtime, options, end)
        break
      } catch (error) {
        if (!another(error) || processes >= MOST_PROCESSES) throw error
        await restart()
      }
    }
  }
  return runtime
}

/** Also when all are committed: whoever died last may have left one that is not published. */
async function runSome(
  runtime: Runtime,
  { zeroTime, batches, done }: SegmentOptions,
  end: number | undefined,
): Promise<void> {
  await runInvocation(runtime, {
    zeroTime,
    due: batches === undefined ? 'source' : 'clock',
    ...(end === undefined ? {} : { maxBatches: end - (await done()) }),
    deadlineMs: Number.POSITIVE_INFINITY,
    marginMs: 0,
    waitUntilMs: Number.MAX_SAFE_INTEGER,
    impatient: true,
  })
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
