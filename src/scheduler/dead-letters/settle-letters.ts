import type { Attempt } from '../../checkpoint/attempt.ts'
import { type DeadLetterBox, givenUp, type OpenLetters, toBeRetried } from '../../checkpoint/dead-letters.ts'
import { decodePlan } from '../../checkpoint/decode-record.ts'
import { deadLetterBoxKey } from '../../checkpoint/names.ts'
import { withLetters } from '../../checkpoint/operator-acts.ts'
import { SluiceError } from '../../util/errors.ts'
import { committedManifest } from '../committed-manifest.ts'
import type { Invocation } from '../invocation.ts'
import { operatorAct, overtaken } from '../operator-act.ts'
import type { Runtime } from '../runtime.ts'
import { load, store } from '../stored.ts'
import { kindNow, streamChanges, streamNow } from '../stored-streams.ts'
import { graphChanges } from '../upgrade.ts'
import { chosenLetters, type LetterChoice } from './list-letters.ts'
import { letterBox } from './stage-letters.ts'

export interface RetryRequest extends LetterChoice {
  readonly signal: AbortSignal
}

export interface DropRequest extends RetryRequest {
  /** Stays on the record. */
  readonly reason: string
}

/**
 * Has the next plans of their streams name dead letters once more, so that a batch reads them like any other records: exactly
 * once, and what is bad again is a dead letter of that batch. Resolves to those that wait now. Rejects with code
 * `no-dead-letters`, `letters-planned`, or `unknown-input` where the application no longer has their stream, or has another of its name,
 * or one of another kind of source.
 */
export async function retryLetters(runtime: Runtime, request: RetryRequest): Promise<readonly OpenLetters[]> {
  return settle(runtime, request, {
    what: 'read them again',
    check: refuseGoneStreams,
    change: toBeRetried,
  })
}

/** Also where this code's first batch is still to come, and drops them. */
async function refuseGoneStreams(
  { runtime, head: { head } }: Invocation,
  chosen: readonly OpenLetters[],
): Promise<void> {
  const here = runtime.graph.inputs.map(({ uid }) => uid)
  const before = head.committed && (await committedManifest(runtime, head.committed))
  const { dropped } = streamChanges(graphChanges(runtime, before?.graph))
  const gone = chosen.flatMap(({ stream, kind, streamDropped }) => {
    const now = kindNow(runtime, streamNow(runtime, stream))
    if (now === undefined) return [stream]
    if (streamDropped || dropped.has(stream)) return [`${stream} (dropped; what is called so now is another)`]
    return now === kind ? [] : [`${stream} (of ${kind}; what is called so now is ${now})`]
  })
  if (gone.length === 0) return
  throw new SluiceError({
    code: 'unknown-input',
    kind: 'invalid',
    message: `Some of these dead letters are of an input stream that the application does not have, and only that can read them again; choose those of one that it has (${here.join(', ')}) or of other batches, run code that has the stream, or drop them: ${[...new Set(gone)].join(', ')}`,
  })
}

/** Gives dead letters up for good, on the record. Rejects with code `no-dead-letters` or `letters-planned`. */
export async function dropLetters(runtime: Runtime, request: DropRequest): Promise<readonly OpenLetters[]> {
  const { reason } = request
  return settle(runtime, request, {
    what: 'drop them',
    change: (box, chosen) => givenUp(box, chosen, { reason, atMs: runtime.clock.now() }),
  })
}

interface Settling {
  readonly what: string
  readonly check?: (run: Invocation, chosen: readonly OpenLetters[]) => Promise<void>
  readonly change: (box: DeadLetterBox, chosen: readonly OpenLetters[]) => DeadLetterBox
}

async function settle(
  runtime: Runtime,
  { signal, ...choice }: RetryRequest,
  settling: Settling,
): Promise<readonly OpenLetters[]> {
  return operatorAct(runtime, { signal, act: (run) => settleChosen(run, choice, settling) })
}

async function settleChosen(
  run: Invocation,
  choice: LetterChoice,
  { what, check, change }: Settling,
): Promise<readonly OpenLetters[]> {
  const { runtime } = run
  const { head } = run.head
  const chosen = await chosenLetters(runtime, head, choice)
  if (chosen.length === 0) throw noneChosen(runtime, choice)
  await check?.(run, chosen)
  await refusePlanned(run, chosen)
  const box = change(await letterBox(runtime.checkpoint, head), chosen)
  const stored = await store(runtime.checkpoint, () => deadLetterBoxKey(runtime.app, attemptOf(run)), box)
  if ((await run.head.swap((head) => withLetters(head, stored))) === 'fenced') throw overtaken(runtime, what)
  return chosen
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
