import { messageOf, SluiceError } from '../util/errors.ts'
import type { Committed, Head, History, HistorySegment, Planned } from './head.ts'
import type { Manifest } from './manifest.ts'
import { type Stored, storedText } from './stored.ts'

/**
 * What registers store: the very text that `JSON.stringify` gives. Records that travel in the head for many swaps are
 * written once and their text is kept: a head is some 24 KB, of which a swap changes a few hundred bytes.
 */
export function encodeHead(head: Head): string {
  return encodeFields(head, (name, value) => {
    if (name === 'history') return encodeHistory(value as History)
    if (name === 'committed') return encodeHolder(value as Committed)
    return name === 'planned' ? encodeHolder(value as Planned) : undefined
  })
}

function encodeHistory(history: History): string {
  return encodeFields(history, (name, value) =>
    name === 'recent' ? `[${listText(value as History['recent'])}]` : undefined,
  )
}

/** A segment as it is stored; its manifests have travelled in the head as text. */
export function encodeSegment(segment: HistorySegment): string {
  return encodeFields(segment, (name, value) =>
    name === 'manifests' ? `[${listText(value as HistorySegment['manifests'])}]` : undefined,
  )
}

/** A planned or committed batch: all but its plan or manifest is small. */
function encodeHolder(holder: Committed | Planned): string {
  return encodeFields(holder, (name, value) =>
    name === 'manifest' || name === 'plan' ? storedText(value as Stored<unknown>) : undefined,
  )
}

function encodeFields(record: object, encode: (name: string, value: unknown) => string | undefined): string {
  let text = ''
  for (const [name, value] of Object.entries(record)) {
    if (value === undefined) continue
    text += `${text === '' ? '{' : ','}"${name}":${encode(name, value) ?? JSON.stringify(value)}`
  }
  return text === '' ? '{}' : `${text}}`
}

const lists = new WeakMap<History['recent'], string>()

function listText(recent: History['recent']): string {
  const text = lists.get(recent) ?? recent.map(storedText).join(',')
  lists.set(recent, text)
  return text
}

/** The recent manifests with one more, and how many characters of the stored head they are. */
export function withManifest(
  recent: History['recent'],
  stored: Stored<Manifest>,
): { readonly recent: History['recent']; readonly size: number } {
  const longer = [...recent, stored]
  const text = recent.length === 0 ? storedText(stored) : `${listText(recent)},${storedText(stored)}`
  lists.set(longer, text)
  return { recent: longer, size: text.length + 2 }
}

/**
 * Reads a stored head. Rejects text of another shape with code `head-corrupt` (kind `data`), and of a format that this
 * version does not know with `head-format` (kind `invalid`): guessing at either would put committed data at risk.
 */
export function decodeHead(text: string, where: string): Head {
  const head = parse(text, where)
  if (!isRecord(head)) throw headCorrupt('it is no JSON object', where)
  if (isPositive(head.formatVersion) && head.formatVersion > 1) throw newerFormat(head.formatVersion, where)
  const wrong = firstWrong(head, HEAD)
  if (wrong !== undefined) throw headCorrupt(`its field ${wrong} is missing or of another type`, where)
  return head as unknown as Head
}

export function headCorrupt(reason: string, where: string, cause?: unknown): SluiceError {
  return new SluiceError({
    code: 'head-corrupt',
    kind: 'data',
    message:
      `The head of the application is damaged: ${reason}. Nothing was changed. Stop whatever runs the application, and ` +
      `restore the head from a backup: ${where}`,
    cause,
  })
}

function newerFormat(version: number, where: string): SluiceError {
  return new SluiceError({
    code: 'head-format',
    kind: 'invalid',
    message: `A newer version of Sluice wrote this head; run that version or a later one: format ${version} in ${where}`,
  })
}

function parse(text: string, where: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw headCorrupt(`it is no JSON (${messageOf(error)})`, where, error)
  }
}

type Check = (value: unknown) => boolean
type Shape = Readonly<Record<string, Check>>
type Fields = Readonly<Record<string, unknown>>

/** The first field that fails its check, by its path. */
function firstWrong(record: Fields, shape: Shape): string | undefined {
  return Object.keys(shape).find((field) => !shape[field]?.(record[field]))
}

function isRecord(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isWhole(value: unknown): boolean {
  return Number.isSafeInteger(value)
}

function isPositive(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) > 0
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0
}

function isText(value: unknown): boolean {
  return typeof value === 'string'
}

function like(shape: Shape): Check {
  return (value) => isRecord(value) && firstWrong(value, shape) === undefined
}

function optional(check: Check): Check {
  return (value) => value === undefined || check(value)
}

function listOf(check: Check): Check {
  return (value) => Array.isArray(value) && value.every(check)
}

const OBJECT_REF: Shape = { key: isText, sizeBytes: isCount, crc32c: isText }
const INLINE: Shape = { kind: (kind) => kind === 'inline', value: isRecord }
const BY_REFERENCE: Shape = { kind: (kind) => kind === 'object', ref: like(OBJECT_REF) }
const ATTEMPT: Shape = { incarnation: isCount, batchTime: isWhole, token: isCount, number: isCount }

const isStored: Check = (value) => like(INLINE)(value) || like(BY_REFERENCE)(value)

/** What every register relies on, and what decisions are made from; plans and manifests are checked where they are read. */
const HEAD: Shape = {
  formatVersion: (value) => value === 1,
  app: isText,
  incarnation: isCount,
  version: isPositive,
  token: isCount,
  zeroTime: isWhole,
  batchIntervalMs: isPositive,
  lease: optional(like({ owner: isText, until: Number.isFinite, tookOver: optional((value) => value === true) })),
  planned: optional(
    like({
      batchTime: isWhole,
      token: isCount,
      attempts: isCount,
      plan: isStored,
      failure: optional(like({ message: isText, code: isText, atMs: Number.isFinite, count: isCount })),
    }),
  ),
  committed: optional(
    like({ attempt: like(ATTEMPT), manifest: isStored, published: (value) => typeof value === 'boolean' }),
  ),
  history: like({ recent: listOf(isStored), segment: optional(like(OBJECT_REF)) }),
  boundary: isCount,
  pins: listOf(like({ name: isText, batchTime: isWhole, token: isCount, ref: like(OBJECT_REF) })),
  collected: optional(isWhole),
}
