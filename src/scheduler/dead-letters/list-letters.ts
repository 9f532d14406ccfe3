import type { BatchTime } from '../../checkpoint/attempt.ts'
import type { DroppedLetters, OpenLetters } from '../../checkpoint/dead-letters.ts'
import type { Head } from '../../checkpoint/head.ts'
import { committedManifest } from '../committed-manifest.ts'
import { unlessGone } from '../given-up.ts'
import { noCheckpoint } from '../operator-act.ts'
import type { Runtime } from '../runtime.ts'
import { kindNow, streamChanges, streamNow } from '../stored-streams.ts'
import { graphChanges } from '../upgrade.ts'
import { type DeadLetter, type LetterError, readLetters } from './dead-letter.ts'
import { letterBox } from './stage-letters.ts'

/** Which dead letters: those of a batch, of a stream, or all. */
export interface LetterChoice {
  /** Of the batch that set them apart. */
  readonly batchTime?: BatchTime
  readonly stream?: string
}

/** What one batch set apart of one stream. */
export interface LetterGroup {
  readonly batchTime: BatchTime
  readonly stream: string
  /** Of the stream's source. */
  readonly kind: string
  readonly records: number
  /** The next batch reads them again, or the first that has their stream. */
  readonly retry: boolean
  /** Their stream was dropped, or is by the first batch of this code, and nothing can read them again. */
  readonly streamDropped: boolean
  /** The application has no stream of that name and kind of source: nothing reads them again until it does. */
  readonly streamMissing: boolean
  /** The errors, the most frequent first. */
  readonly errors: readonly LetterErrorCount[]
}

/** Errors of one kind at one place; the message is that of the first. */
export interface LetterErrorCount extends LetterError {
  readonly records: number
}

/** The dead letters that wait to be read again or given up, and the last that were given up. */
export interface LetterList {
  readonly open: readonly LetterGroup[]
  readonly dropped: readonly DroppedLetters[]
}

/** Counts dead letters by batch, stream and error, the oldest first. Changes nothing. */
export async function listLetters(runtime: Runtime, choice: LetterChoice = {}): Promise<LetterList> {
  const head = await headOf(runtime)
  const { dropped = [] } = await letterBox(runtime.checkpoint, head)
  const leftBehind = await streamsDropped(runtime, head)
  const open: LetterGroup[] = []
  for (const letters of await chosenLetters(runtime, head, choice)) {
    const { batchTime, stream, kind, records, retry = false, streamDropped = false } = letters
    const held = await lettersStillOpen(runtime, letters)
    if (held === undefined) continue
    open.push({
      batchTime,
      stream,
      kind,
      records,
      retry,
      streamDropped: streamDropped || leftBehind.has(stream),
      streamMissing: kindNow(runtime, streamNow(runtime, stream)) !== kind,
      errors: countErrors(held),
    })
  }
  return { open, dropped: dropped.filter((letters) => isChosen(letters, choice)) }
}

/** By this code, whose first batch may be still to come: what has their names then is another. */
export async function streamsDropped(runtime: Runtime, { committed }: Head): Promise<ReadonlySet<string>> {
  const before = committed && (await committedManifest(runtime, committed))
  return streamChanges(graphChanges(runtime, before?.graph)).dropped
}

/** The dead letters themselves, the oldest first, by what their streams are called now. */
export async function* showLetters(runtime: Runtime, choice: LetterChoice = {}): AsyncGenerator<DeadLetter> {
  for (const letters of await chosenLetters(runtime, await headOf(runtime), choice)) {
    const held = await lettersStillOpen(runtime, letters)
    for (const letter of held ?? []) yield { ...letter, stream: letters.stream }
  }
}

/** None, if they were settled and collected while others were read. */
function lettersStillOpen(runtime: Runtime, letters: OpenLetters): Promise<readonly DeadLetter[] | undefined> {
  const isOpen = async (now: Head) =>
    (await letterBox(runtime.checkpoint, now)).open.some(({ object }) => object.key === letters.object.key)
  return unlessGone(runtime, isOpen, readLetters(runtime.checkpoint, letters))
}

/** Those of a choice that are open. */
export async function chosenLetters(
  { checkpoint }: Pick<Runtime, 'checkpoint'>,
  head: Head,
  choice: LetterChoice,
): Promise<readonly OpenLetters[]> {
  const { open } = await letterBox(checkpoint, head)
  return open.filter((letters) => isChosen(letters, choice))
}

function isChosen(letters: Pick<OpenLetters, 'batchTime' | 'stream'>, { batchTime, stream }: LetterChoice): boolean {
  return (batchTime ?? letters.batchTime) === letters.batchTime && (stream ?? letters.stream) === letters.stream
}

async function headOf(runtime: Runtime): Promise<Head> {
  const head = await runtime.register.read(runtime.app)
  if (head === undefined) throw noCheckpoint(runtime)
  return head
}

/** By operator and code: messages quote records, so there may be as many as records. */
function countErrors(letters: readonly DeadLetter[]): LetterErrorCount[] {
  const counts = new Map<string, LetterErrorCount>()
  for (const { error } of letters) {
    const kind = JSON.stringify([error.operator, error.code])
    const known = counts.get(kind)
    counts.set(kind, { ...(known ?? error), records: (known?.records ?? 0) + 1 })
  }
  return [...counts.values()].sort((a, b) => b.records - a.records)
}
