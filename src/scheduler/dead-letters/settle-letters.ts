import type { Attempt } from '../../checkpoint/attempt.ts'
import { type DeadLetterBox, givenUp, type OpenLetters, toBeRetried } from '../../checkpoint/dead-letters.ts'
import { decodePlan } from '../../checkpoint/decode-record.ts'
import { deadLetterBoxKey } from '../../checkpoint/names.ts'
import { withLetters } from '../../checkpoint/operator-acts.ts'
import { SluiceError } from '../../util/errors.ts'
import type { Invocation } from '../invocation.ts'
import { operatorAct, overtaken } from '../operator-act.ts'
import type { Runtime } from '../runtime.ts'
import { load, store } from '../stored.ts'
import { kindNow, streamNow } from '../stored-streams.ts'
import { chosenLetters, type LetterChoice, streamsDropped } from './list-letters.ts'
import { letterBox } from './stage-letters.ts'

export interface RetryRequest extends LetterChoice {
  readonly signal: AbortSignal
}

export interface DropRequest extends RetryRequest {
  /** Stays on the record. */
  readonly reason: string
}

/** Dead letters of which nothing has changed. */
export interface LeftLetters extends OpenLetters {
  /** Why no stream can read them again. */
  readonly why: string
}

/** What has become of those that were chosen. */
export interface SettledLetters {
  readonly settled: readonly OpenLetters[]
  readonly left: readonly LeftLetters[]
}

/**
 * Has the next plans of their streams name dead letters once more, so that a batch reads them like any other records: exactly
 * once, and what is bad again is a dead letter of that batch. Resolves to those that wait now, and to those that are left as they
 * are, since the application no longer has their stream, or has another of its name, or one of another kind of source. Rejects with code
 * `no-dead-letters`, `letters-planned`, or, where all would be left, `unknown-input`.
 */
export async function retryLetters(runtime: Runtime, request: RetryRequest): Promise<SettledLetters> {
  return settle(runtime, request, { what: 'read them again', part: readableAgain, change: toBeRetried })
}

/** Also where this code's first batch is still to come, and drops their stream. */
async function readableAgain(
  { runtime, head: { head } }: Invocation,
  chosen: readonly OpenLetters[],
): Promise<SettledLetters> {
  const dropped = await streamsDropped(runtime, head)
  const whyNot = ({ stream, kind, streamDropped }: OpenLetters): string | undefined => {
    const now = kindNow(runtime, streamNow(runtime, stream))
    if (now === undefined) return 'the application has no such stream'
    if (streamDropped || dropped.has(stream)) return 'dropped; what is called so now is another'
    return now === kind ? undefined : `of ${kind}; what is called so now is ${now}`
  }
  const judged = chosen.map((letters) => ({ letters, why: whyNot(letters) }))
  const settled = judged.flatMap(({ letters, why }) => (why === undefined ? [letters] : []))
  const left = judged.flatMap(({ letters, why }) => (why === undefined ? [] : [{ ...letters, why }]))
  if (settled.length === 0) throw allLeft(runtime, left)
  return { settled, left }
}

function allLeft({ graph }: Runtime, left: readonly LeftLetters[]): SluiceError {
  const here = graph.inputs.map(({ uid }) => uid).join(', ')
  const streams = new Set(left.map(({ stream, why }) => `${stream} (${why})`))
  return new SluiceError({
    code: 'unknown-input',
    kind: 'invalid',
    message: `These dead letters are of input streams that the application does not have, and only those can read them again; choose others, of a stream that it has (${here}), run code that has theirs, or drop them: ${[...streams].join(', ')}`,
  })
}

/** Gives dead letters up for good, on the record. Rejects with code `no-dead-letters` or `letters-planned`. */
export async function dropLetters(runtime: Runtime, request: DropRequest): Promise<readonly OpenLetters[]> {
  const { reason } = request
  const { settled } = await settle(runtime, request, {
    what: 'drop them',
    change: (box, chosen) => givenUp(box, chosen, { reason, atMs: runtime.clock.now() }),
  })
  return settled
}

interface Settling {
  readonly what: string
  /** Without it, all are settled. */
  readonly part?: (run: Invocation, chosen: readonly OpenLetters[]) => Promise<SettledLetters>
  readonly change: (box: DeadLetterBox, chosen: readonly OpenLetters[]) => DeadLetterBox
}

async function settle(
  runtime: Runtime,
  { signal, ...choice }: RetryRequest,
  settling: Settling,
): Promise<SettledLetters> {
  return operatorAct(runtime, { signal, act: (run) => settleChosen(run, choice, settling) })
}

async function settleChosen(
  run: Invocation,
  choice: LetterChoice,
  { what, part, change }: Settling,
): Promise<SettledLetters> {
  const { runtime } = run
  const { head } = run.head
  const chosen = await chosenLetters(runtime, head, choice)
  if (chosen.length === 0) throw noneChosen(runtime, choice)
  const parted = (await part?.(run, chosen)) ?? { settled: chosen, left: [] }
  await refusePlanned(run, parted.settled)
  const box = change(await letterBox(runtime.checkpoint, head), parted.settled)
  const stored = await store(runtime.checkpoint, () => deadLetterBoxKey(runtime.app, attemptOf(run)), box)
  if ((await run.head.swap((head) => withLetters(head, stored))) === 'fenced') throw overtaken(runtime, what)
  return parted
}

/** The batch that was committed last, under this act's own token: no other object has its name (P3). */
function attemptOf(run: Invocation): Attempt {
  const { incarnation, token, committed, zeroTime } = run.head.head
  return { incarnation, batchTime: committed?.attempt.batchTime ?? zeroTime, token, number: ++run.attempts }
}

/** A plan is never changed, and it reads them whatever becomes of the box (`plan-kept`). */
async function refusePlanned({ runtime, head: { head } }: Invocation, chosen: readonly OpenLetters[]): Promise<void> {
  if (head.planned === undefined) return
  const { batchTime, sources } = await load(runtime.checkpoint, head.planned.plan, decodePlan)
  const planned = new Set(Object.values(sources).flatMap(({ retried = [] }) => retried.map(({ object }) => object.key)))
  if (!chosen.some(({ object }) => planned.has(object.key))) return
  throw new SluiceError({
    code: 'letters-planned',
    kind: 'invalid',
    message: `Some of these dead letters are being read again; try once the batch is committed, or give it up with sluice skip first: batch ${batchTime} ms`,
  })
}

function noneChosen({ app }: Runtime, { batchTime, stream }: LetterChoice): SluiceError {
  const which = [
    ...(batchTime === undefined ? [] : [`of batch ${batchTime} ms`]),
    ...(stream === undefined ? [] : [`of stream ${stream}`]),
  ]
  return new SluiceError({
    code: 'no-dead-letters',
    kind: 'invalid',
    message: `No dead letters wait here; list them to see which there are: ${[app, ...which].join(' ')}`,
  })
}
