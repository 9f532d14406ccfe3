import type { BatchTime } from '../checkpoint/attempt.ts'
import { type BatchRange, retainedBetween } from '../scheduler/past-batch.ts'
import { type PublishReport, publishAgain } from '../scheduler/publish-again.ts'
import { type ReplayReport, replayBatches } from '../scheduler/replay.ts'
import type { Runtime } from '../scheduler/runtime.ts'
import { SluiceError } from '../util/errors.ts'
import type { ReplayBody } from './replay-request.ts'

/** What `POST /replay` came to, as far as it came. */
export interface ReplayAnswer {
  /** Every batch that was done has the bytes that were committed, or all its output where it belongs. */
  readonly ok: boolean
  /** Those that were done, the oldest first. */
  readonly batches: readonly (ReplayReport | PublishReport)[]
  /** Present when the time was over, or the answer long enough, before the range was: what to ask for next. */
  readonly goOn?: Partial<ReplayBody>
  /** Why a batch could not be done, and with it none after it. */
  readonly failed?: { readonly code: string; readonly message: string }
}

/** Batches of one answer. */
const MOST_BATCHES = 100

/**
 * Replays a range, or publishes it again, until `late`. Rejects only where nothing was done: with code `replay-too-long` when
 * that is for lack of time.
 */
export async function answerReplay(runtime: Runtime, body: ReplayBody, late: AbortSignal): Promise<ReplayAnswer> {
  const { publish, keep, ...range } = body
  const batches: (ReplayReport | PublishReport)[] = []
  const request = { ...range, signal: late }
  const work = publish ? publishAgain(runtime, request) : replayBatches(runtime, { ...request, keep })
  try {
    for await (const report of work) {
      batches.push(report)
      if (!late.aborted && batches.length < MOST_BATCHES) continue
      const rest = after(report, body)
      if (!(await hasBatches(runtime, rest))) break
      return { ...answerOf(batches), goOn: rest }
    }
    return answerOf(batches)
  } catch (error) {
    const last = batches.at(-1)
    if (last === undefined) throw late.aborted ? tooLong(range.from, error) : error
    if (late.aborted) return { ...answerOf(batches), goOn: after(last, body) }
    if (!(error instanceof SluiceError)) throw error
    return { ...answerOf(batches), ok: false, failed: { code: error.code, message: error.message } }
  }
}

function answerOf(batches: ReplayAnswer['batches']): ReplayAnswer {
  return { ok: batches.every((report) => ('equal' in report ? report.equal : report.whole)), batches }
}

/** Whether there is anything to go on with: a request for what is not there would be refused. */
async function hasBatches(runtime: Runtime, { from, until }: BatchRange): Promise<boolean> {
  const head = await runtime.register.read(runtime.app)
  const range = { ...(from === undefined ? {} : { from }), ...(until === undefined ? {} : { until }) }
  return head !== undefined && !(await retainedBetween(runtime, head, range).next()).done
}

/** Both ends are part of a range. */
function after({ batchTime }: { readonly batchTime: BatchTime }, { from: _, publish, keep, ...end }: ReplayBody) {
  return { from: batchTime + 1, ...end, ...(publish ? { publish } : {}), ...(keep ? { keep } : {}) }
}

export function tooLong(batchTime: BatchTime | undefined, cause: unknown): SluiceError {
  return new SluiceError({
    code: 'replay-too-long',
    kind: 'invalid',
    message: `The replay did not end before this function does; give the function more time or memory: ${batchTime === undefined ? 'the first batch' : `${batchTime} ms`}`,
    cause,
  })
}
