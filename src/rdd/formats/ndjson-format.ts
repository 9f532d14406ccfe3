import { messageOf, SluiceError } from '../../util/errors.ts'
import { excerpt } from '../../util/excerpt.ts'
import { type DecodedFile, fileCorrupt } from './decoder.ts'
import { jsonOffence } from './json-limits.ts'
import { joinBytes, type PartFormat } from './output-format.ts'
import { textLines } from './text-lines.ts'

const MAX_LINE_BYTES = 64 * 1024 * 1024

/**
 * One line of JSON an element (NDJSON, JSON Lines). What JSON cannot carry is refused with code `not-json`; dates become
 * texts, undefined members are left out.
 */
export const ndjsonFormat: PartFormat<unknown> = {
  open: () => ({
    encode(elements) {
      let text = ''
      for (const element of elements) text += `${jsonText(element)}\n`
      return text
    },
  }),
  join: (files) => joinBytes(files),
}

/** The elements of NDJSON: a value a line; blank lines are passed over. What is no JSON ends it with code `file-corrupt`. */
export async function* readNdjson(
  bytes: AsyncIterable<Uint8Array>,
  file: DecodedFile,
): AsyncGenerator<readonly unknown[]> {
  for await (const lines of ndjsonLines(bytes, file)) yield lines.map((line) => parseNdjson(line, file))
}

/** A line of a file, counted from 1. */
export interface NdjsonLine {
  readonly text: string
  readonly line: number
}

/** The lines of NDJSON that are not blank, as they are. */
export async function* ndjsonLines(
  bytes: AsyncIterable<Uint8Array>,
  { url }: DecodedFile,
): AsyncGenerator<readonly NdjsonLine[]> {
  let line = 0
  for await (const texts of textLines(bytes, { url, maxLineBytes: MAX_LINE_BYTES })) {
    const first = line
    line += texts.length
    yield texts.flatMap((text, i) => (text.trim() === '' ? [] : [{ text, line: first + i + 1 }]))
  }
}

/** Refuses what JSON cannot carry, with code `not-json`. */
export function jsonText(element: unknown): string {
  const offence = jsonOffence(element)
  if (offence === undefined) return JSON.stringify(element)
  const where = offence.path === '' ? '' : ` at ${offence.path}`
  throw new SluiceError({
    code: 'not-json',
    kind: 'data',
    message: `JSON cannot carry ${offence.what}${where}; map the elements to numbers, texts, arrays and plain objects, or save them as object files: ${excerpt(element)}`,
  })
}

/** The element of a line; one that is no JSON is refused with code `file-corrupt`. */
export function parseNdjson({ text, line }: NdjsonLine, file: DecodedFile): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw fileCorrupt(`Line ${line} is not JSON (${messageOf(cause)})`, file, cause)
  }
}
