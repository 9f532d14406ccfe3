import type { Attempt } from '../../checkpoint/attempt.ts'
import {
  afterBatch,
  afterSkip,
  afterUpgrade,
  type DeadLetterBox,
  type DeadLetters,
  EMPTY_BOX,
  type LetterChanges,
  type StreamChanges,
} from '../../checkpoint/dead-letters.ts'
import { decodeDeadLetters } from '../../checkpoint/decode-record.ts'
import type { Head } from '../../checkpoint/head.ts'
import { deadLetterBoxKey, deadLettersKey } from '../../checkpoint/names.ts'
import type { Plan } from '../../checkpoint/plan.ts'
import type { Stored } from '../../checkpoint/stored.ts'
import type { ObjectStore } from '../../ports/object-store.ts'
import { allDone } from '../../util/all-done.ts'
import { assert } from '../../util/assert.ts'
import type { Awaitable } from '../../util/awaitable.ts'
import type { Invocation } from '../invocation.ts'
import { load, putObject, store } from '../stored.ts'
import { kindNow } from '../stored-streams.ts'
import { type DeadLetter, letterLines } from './dead-letter.ts'

/** What a batch's commit says of dead letters. */
export interface StagedLetters {
  readonly changes: LetterChanges
  readonly box: Stored<DeadLetterBox>
}

export interface BatchLetters {
  readonly attempt: Attempt
  readonly plan: Plan
  readonly letters: readonly DeadLetter[]
  /** What this batch carries out of an upgrade. */
  readonly streams: StreamChanges
  /** The batch was given up. */
  readonly skipped: boolean
}

/** Writes what the batch sets apart under the attempt's own names (P3); `undefined` if it changes nothing. */
export function stageLetters(run: Invocation, batch: BatchLetters): Awaitable<StagedLetters | undefined> {
  const retried = Object.values(batch.plan.sources).flatMap((cut) => cut.retried ?? [])
  const { renamed, dropped } = batch.streams
  const isUpgraded = renamed.size + dropped.size > 0 && run.head.head.deadLetters !== undefined
  return isUpgraded || batch.letters.length > 0 || retried.length > 0 ? stageChanged(run, batch, retried) : undefined
}

async function stageChanged(
  run: Invocation,
  batch: BatchLetters,
  retried: LetterChanges['retried'],
): Promise<StagedLetters> {
  const { runtime, head } = run
  const made = await allDone(byObject(batch.letters).map((letters) => putLetters(run, batch.attempt, letters)))
  const before = afterUpgrade(await letterBox(runtime.checkpoint, head.head), batch.streams)
  const changes = { made, retried: batch.skipped ? [] : retried }
  const box = batch.skipped ? afterSkip(before, retried) : afterBatch(before, changes)
  return { changes, box: await store(runtime.checkpoint, () => deadLetterBoxKey(runtime.app, batch.attempt), box) }
}

/** All dead letters that are open. */
export function letterBox(objects: ObjectStore, { deadLetters }: Head): Awaitable<DeadLetterBox> {
  return deadLetters === undefined ? EMPTY_BOX : load(objects, deadLetters, decodeDeadLetters)
}

async function putLetters(
  { runtime }: Invocation,
  attempt: Attempt,
  { stream, partition, letters }: ObjectOfLetters,
): Promise<DeadLetters> {
  const key = deadLettersKey(runtime.app, attempt, stream, partition)
  const object = await putObject(runtime.checkpoint, key, letterLines(letters))
  const kind = kindNow(runtime, stream)
  assert(kind !== undefined, 'a batch sets records of its own streams apart')
  return { stream, kind, batchTime: attempt.batchTime, records: letters.length, object }
}

interface ObjectOfLetters {
  readonly stream: string
  /** Of a range that is set apart as a whole. */
  readonly partition?: number
  readonly letters: DeadLetter[]
}

/** The records of a stream together; each whole range by itself, as it is a partition of its own when it is read again. */
function byObject(letters: readonly DeadLetter[]): ObjectOfLetters[] {
  const records = new Map<string, ObjectOfLetters>()
  const ranges: ObjectOfLetters[] = []
  for (const letter of letters) {
    const { stream, payload, place } = letter
    if (payload.kind === 'range') {
      ranges.push({ stream, partition: place.partition, letters: [letter] })
      continue
    }
    const known = records.get(stream)
    if (known) known.letters.push(letter)
    else records.set(stream, { stream, letters: [letter] })
  }
  return [...records.values(), ...ranges]
}
