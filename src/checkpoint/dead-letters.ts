import type { BatchTime } from './attempt.ts'
import type { ObjectRef } from './stored.ts'

/** The bad records of one stream in one batch, set apart: an object with a line of JSON for each. */
export interface DeadLetters {
  readonly stream: string
  /** Of its source: one of another kind cannot read them again, nor has it lost them (`letters-are-of-a-kind`). */
  readonly kind: string
  readonly batchTime: BatchTime
  readonly records: number
  readonly object: ObjectRef
}

/** Dead letters that are neither committed in a later batch nor given up. What they name stays (`gc-spares-dead-letters`). */
export interface OpenLetters extends DeadLetters {
  /** The next plan is to read them again. */
  readonly retry?: true
  /** Their stream was dropped: what has its name by now is another, and must not read them. */
  readonly streamDropped?: true
}

/** All that are open, the oldest first. Beside the head, so that they outlive the batches that they come from. */
export interface DeadLetterBox {
  readonly formatVersion: 1
  readonly open: readonly OpenLetters[]
  /** The last that were given up, the oldest first: the record of it. */
  readonly dropped?: readonly DroppedLetters[]
}

/** Dead letters that an operator gave up; what they held is collected. */
export interface DroppedLetters extends Omit<DeadLetters, 'kind' | 'object'> {
  readonly reason: string
  readonly atMs: number
}

/** What a commit does to them. */
export interface LetterChanges {
  /** The batch's own. */
  readonly made: readonly DeadLetters[]
  /** Those that its plan read again: they are settled by this batch, for better or worse. */
  readonly retried: readonly DeadLetters[]
}

export const EMPTY_BOX: DeadLetterBox = { formatVersion: 1, open: [] }

/** The box after a commit: what was read again has come to its end, or is among those that the batch has made (`letters-settled-once`). */
export function afterBatch(box: DeadLetterBox, { made, retried }: LetterChanges): DeadLetterBox {
  return { ...box, open: [...without(box, retried), ...made] }
}

/** What becomes of streams in the first batch of other code, by their names of before. */
export interface StreamChanges {
  /** Their names of now. */
  readonly renamed: ReadonlyMap<string, string>
  /** What has one of these from now on is another stream. */
  readonly dropped: ReadonlySet<string>
}

/**
 * The box as its streams are called from now on: the code that says how they were called before need not stay, and that name
 * may be another's then (`letters-go-along`). Letters of a stream that is dropped stay its own (`letters-stay-behind`).
 */
export function afterUpgrade(box: DeadLetterBox, { renamed, dropped }: StreamChanges): DeadLetterBox {
  const open = box.open.map((letters): OpenLetters => {
    const { retry: _, ...unmarked } = letters
    if (letters.streamDropped || dropped.has(letters.stream)) return { ...unmarked, streamDropped: true }
    return { ...letters, stream: renamed.get(letters.stream) ?? letters.stream }
  })
  return { ...box, open }
}

/** The box after a batch was given up that was to read some again: they wait as before, until an operator says so once more. */
export function afterSkip(box: DeadLetterBox, planned: readonly DeadLetters[]): DeadLetterBox {
  const keys = keysOf(planned)
  return {
    ...box,
    open: box.open.map(({ retry, ...letters }) =>
      retry && !keys.has(letters.object.key) ? { ...letters, retry } : letters,
    ),
  }
}

/** Marked for the next plan. */
export function toBeRetried(box: DeadLetterBox, chosen: readonly DeadLetters[]): DeadLetterBox {
  const keys = keysOf(chosen)
  return {
    ...box,
    open: box.open.map((letters) => (keys.has(letters.object.key) ? { ...letters, retry: true } : letters)),
  }
}

/** So many acts of giving up stay on the record. */
const DROPPED = 100

/** Given up, on the record. */
export function givenUp(
  box: DeadLetterBox,
  chosen: readonly DeadLetters[],
  why: Pick<DroppedLetters, 'reason' | 'atMs'>,
): DeadLetterBox {
  const dropped = chosen.map(({ stream, batchTime, records }) => ({ stream, batchTime, records, ...why }))
  return { ...box, open: without(box, chosen), dropped: [...(box.dropped ?? []), ...dropped].slice(-DROPPED) }
}

function without({ open }: DeadLetterBox, chosen: readonly DeadLetters[]): OpenLetters[] {
  const keys = keysOf(chosen)
  return open.filter(({ object }) => !keys.has(object.key))
}

/** In one plan, of one stream. */
const RETRY_BYTES = 64 * 1024 * 1024

/** Likewise: each object is a partition, and may be one letter that stands for a whole file. */
const RETRY_OBJECTS = 1_000

/**
 * What the next plan of a stream reads again: the oldest first, as much as a batch can hold, and one in any case. Of a plan that is cut
 * smaller, a share.
 */
export function retriesOf(box: DeadLetterBox, isOf: (letters: DeadLetters) => boolean, share: number): DeadLetters[] {
  const chosen: DeadLetters[] = []
  let bytes = 0
  for (const { retry, ...letters } of box.open) {
    if (retry !== true || !isOf(letters)) continue
    bytes += letters.object.sizeBytes
    if (chosen.length > 0 && (bytes > RETRY_BYTES * share || chosen.length >= RETRY_OBJECTS * share)) break
    chosen.push(letters)
  }
  return chosen
}

function keysOf(letters: readonly DeadLetters[]): ReadonlySet<string> {
  return new Set(letters.map(({ object }) => object.key))
}
