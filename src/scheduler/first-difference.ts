import { crc32c } from '../util/crc32c.ts'

/** Where two files part, and how many lines each has. */
export interface FirstDifference {
  /** The line that differs first, from 1. */
  readonly line: number
  /** What was published has there, at most 200 bytes of it; absent where it has no such line, or what is no text. */
  readonly published?: string
  /** The same of what the replay made. */
  readonly replayed?: string
  readonly publishedLines: number
  readonly replayedLines: number
}

/** Of a line, what is kept to be shown. */
const SHOWN_BYTES = 200
const NEWLINE = 10

/** Reads both to their ends, a chunk at a time. `undefined`: they are the same. */
export async function firstDifference(
  published: AsyncIterable<Uint8Array>,
  replayed: AsyncIterable<Uint8Array>,
): Promise<FirstDifference | undefined> {
  const [before, now] = [linesOf(published), linesOf(replayed)]
  const counts = { publishedLines: 0, replayedLines: 0 }
  let first: Pick<FirstDifference, 'line' | 'published' | 'replayed'> | undefined
  for (;;) {
    const [a, b] = [(await before.next()).value, (await now.next()).value]
    if (a === undefined && b === undefined) return first && { ...first, ...counts }
    if (a !== undefined) counts.publishedLines++
    if (b !== undefined) counts.replayedLines++
    if (first !== undefined || (a !== undefined && b !== undefined && isSame(a, b))) continue
    const line = Math.max(counts.publishedLines, counts.replayedLines)
    first = { line, ...shown('published', a), ...shown('replayed', b) }
  }
}

/** A line of any length, by what it takes to compare it. */
interface Line {
  readonly sizeBytes: number
  readonly crc32c: number
  readonly start: Uint8Array
}

async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Line, undefined> {
  let open = new OpenLine()
  for await (const chunk of chunks) {
    let from = 0
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, from)) {
      open.add(chunk.subarray(from, end + 1))
      from = end + 1
      yield open
      open = new OpenLine()
    }
    open.add(chunk.subarray(from))
  }
  if (open.sizeBytes > 0) yield open
  return undefined
}

class OpenLine implements Line {
  sizeBytes = 0
  crc32c = 0
  start = new Uint8Array(0)

  /** With the end of the line, which the last one may lack. */
  add(bytes: Uint8Array): void {
    if (bytes.length === 0) return
    const missing = SHOWN_BYTES - this.start.length
    if (missing > 0) this.start = Uint8Array.of(...this.start, ...bytes.subarray(0, missing))
    this.sizeBytes += bytes.length
    this.crc32c = crc32c(bytes, this.crc32c)
  }
}

function isSame(a: Line, b: Line): boolean {
  return a.sizeBytes === b.sizeBytes && a.crc32c === b.crc32c
}

function shown(side: 'published' | 'replayed', line: Line | undefined): Partial<FirstDifference> {
  const text = line && textOf(line)
  return text === undefined ? {} : { [side]: text }
}

/** `undefined` for what no line of text holds. A character that is cut in two at the end is left out. */
function textOf({ start, sizeBytes }: Line): string | undefined {
  const isCut = sizeBytes > start.length
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(start, { stream: isCut }).replace(/\r?\n$/, '')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what tells bytes from text
    return /[\0-\x08\x0b-\x1f]/.test(text) ? undefined : `${text}${isCut ? '…' : ''}`
  } catch {
    return undefined
  }
}
