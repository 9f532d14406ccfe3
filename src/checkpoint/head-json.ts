import { SluiceError } from '../util/errors.ts'
import { parseRecord } from './decode-record.ts'
import type { Committed, Head, History, HistorySegment, Planned } from './head.ts'
import type { Manifest } from './manifest.ts'
import { firstWrong, isPositive } from './record-shape.ts'
import { HEAD } from './record-shapes.ts'
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
  const head = parseRecord(text, (reason, cause) => headCorrupt(reason, where, cause))
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
