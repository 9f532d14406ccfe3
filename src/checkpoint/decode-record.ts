import { messageOf, SluiceError } from '../util/errors.ts'
import type { DeadLetterBox } from './dead-letters.ts'
import type { HistorySegment } from './head.ts'
import type { Manifest } from './manifest.ts'
import type { Plan } from './plan.ts'
import { type Fields, firstWrong, isPositive, isRecord, type Shape } from './record-shape.ts'
import { DEAD_LETTERS, MANIFEST, PLAN, SAVEPOINT, SEGMENT } from './record-shapes.ts'
import type { Savepoint } from './savepoint.ts'

/**
 * Reads a stored record from its JSON. Rejects text of another shape with code `record-corrupt` (kind `data`), and one of a
 * format that this version does not know with `record-format` (kind `invalid`). `where` is what errors call it.
 */
export type DecodeRecord<T> = (text: string, where: string) => T

const PLANS: Kind<Plan> = { name: 'plan', shape: PLAN }
const MANIFESTS: Kind<Manifest> = { name: 'manifest', shape: MANIFEST }
const SEGMENTS: Kind<HistorySegment> = { name: 'part of the history', shape: SEGMENT }
const SAVEPOINTS: Kind<Savepoint> = { name: 'savepoint', shape: SAVEPOINT }
const DEAD_LETTER_BOXES: Kind<DeadLetterBox> = { name: 'list of dead letters', shape: DEAD_LETTERS }

export const decodePlan = decoding(PLANS)
export const decodeManifest = decoding(MANIFESTS)
export const decodeSegment = decoding(SEGMENTS)
export const decodeSavepoint = decoding(SAVEPOINTS)
export const decodeDeadLetters = decoding(DEAD_LETTER_BOXES)

/** Reads what may hold a manifest that the head has shed: its own object, or a part of the history. */
export function decodeSegmentOrManifest(text: string, where: string): HistorySegment | Manifest {
  const record = parseRecord(text, (reason, cause) => recordCorrupt(MANIFESTS.name, `${reason}: ${where}`, cause))
  return 'manifests' in record ? checked(record, SEGMENTS, where) : checked(record, MANIFESTS, where)
}

/** A kind of record; `T` is what its shape checks. */
interface Kind<T> {
  readonly name: string
  readonly shape: Shape
  readonly type?: T
}

/** Reads records of a kind. */
export function decoding<T>(kind: Kind<T>): DecodeRecord<T> {
  return (text, where) => {
    const record = parseRecord(text, (reason, cause) => recordCorrupt(kind.name, `${reason}: ${where}`, cause))
    return checked(record, kind, where)
  }
}

function checked<T>(record: Fields, { name, shape }: Kind<T>, where: string): T {
  if (isPositive(record.formatVersion) && record.formatVersion > 1) throw newerFormat(name, where)
  const wrong = firstWrong(record, shape)
  if (wrong === undefined) return record as T
  throw recordCorrupt(name, `its field ${wrong} is missing or of another type: ${where}`)
}

const [QUOTE, BACKSLASH] = [0x22, 0x5c]
/** Deeper than any record; who walks through one again must not run out of stack. */
const MAX_DEPTH = 300

/** A JSON object, whatever is in it; `refuse` makes the error for any other text. */
export function parseRecord(text: string, refuse: (reason: string, cause?: unknown) => SluiceError): Fields {
  const record = parsed(text, refuse)
  if (!isRecord(record)) throw refuse('it is no JSON object')
  if (depthOf(text) > MAX_DEPTH) throw refuse(`it is nested more than ${MAX_DEPTH} deep`)
  return record
}

function parsed(text: string, refuse: (reason: string, cause?: unknown) => SluiceError): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw refuse(`it is no JSON (${messageOf(error)})`, error)
  }
}

/** How deep the containers of valid JSON are nested. */
function depthOf(text: string): number {
  let [depth, deepest] = [0, 0]
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === QUOTE) i = endOfText(text, i)
    else if (code === 0x5b || code === 0x7b) deepest = Math.max(deepest, ++depth)
    else if (code === 0x5d || code === 0x7d) depth--
  }
  return deepest
}

/** Where a text of valid JSON ends that begins at `start`. */
function endOfText(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); ; end = text.indexOf('"', end + 1)) {
    let backslashes = 0
    while (text.charCodeAt(end - 1 - backslashes) === BACKSLASH) backslashes++
    if (backslashes % 2 === 0) return end
  }
}

export function recordCorrupt(name: string, what: string, cause?: unknown): SluiceError {
  return new SluiceError({
    code: 'record-corrupt',
    kind: 'data',
    message: `A ${name} in the checkpoint is damaged; restore the object from a copy, or start from a savepoint: ${what}`,
    cause,
  })
}

function newerFormat(name: string, where: string): SluiceError {
  return new SluiceError({
    code: 'record-format',
    kind: 'invalid',
    message: `A newer version of Sluice wrote this ${name}; run that version or a later one: ${where}`,
  })
}
