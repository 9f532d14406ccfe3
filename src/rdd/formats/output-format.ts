import { concatBytes } from '../../util/concat-bytes.ts'
import { SluiceError } from '../../util/errors.ts'
import { excerpt } from '../../util/excerpt.ts'

/** One file that is being made. */
export interface FilePart {
  readonly partition: number
  /** The same in every attempt at this file, and that of no other file: what must look random is made from it. */
  readonly identity: string
}

/** The encoder of one file. The same elements give the same bytes, however they are cut into calls. */
export interface PartEncoder<T> {
  /**
   * What these elements, the next of the file, add to it; an encoder may keep some of it back until later. Bytes are taken at once:
   * the next may be made in the same buffer.
   */
  encode(elements: readonly T[]): Uint8Array | string
  /** What the file ends with. */
  end?(): Uint8Array | string
  /** How many bytes of the elements taken so far are kept back, if any are: they count where files are ended at a size. */
  readonly keptBytes?: number | undefined
  /** What the files of one directory must have in common, in words: types of columns. Asked for after `end`. */
  readonly shape?: string | undefined
}

/**
 * Makes one file of several of a format, with their elements one after the other, as their bytes arrive. Each is whole, and is
 * read once, in this order; the same files give the same bytes.
 */
export type JoinFiles = (files: readonly AsyncIterable<Uint8Array>[]) => AsyncIterable<Uint8Array>

/** A format whose files are more than their elements one after the other. Files without elements are not made. */
export interface PartFormat<T> {
  /** Goes behind the names of files, without a dot: `csv` gives `part-00000.csv`. */
  readonly extension?: string | undefined
  open(part: FilePart): PartEncoder<T>
  /** For `compact`, which is refused without it; `joinBytes` if files may simply follow one another. */
  readonly join?: JoinFiles | undefined
}

/** A format in which elements follow one another. */
export interface ElementFormat<T> {
  /** Goes behind the names of files, without a dot: `csv` gives `part-00000.csv`. */
  readonly extension?: string | undefined
  /** What each file begins with. */
  readonly header?: string | undefined
  /** The text, or bytes, of one element, with whatever ends it. The bytes are taken at once: the next may be made in the same buffer. */
  encode(element: T): string | Uint8Array
}

/**
 * How elements become the bytes of files. Encoding the same elements gives the same bytes every time.
 *
 * @example
 * ```ts
 * const csv: OutputFormat<[string, number]> = {
 *   extension: 'csv',
 *   header: 'word,count\n',
 *   encode: ([word, count]) => `${word},${count}\n`,
 * }
 * const counts = words.map((word) => [word, 1]).reduceByKey((a, b) => a + b)
 * counts.saveAsFiles('data/counts', '', { format: csv })
 * ```
 */
export type OutputFormat<T> = ElementFormat<T> | PartFormat<T>

/** Refuses what is no format, with code `bad-format`. */
export function checkFormat<T>(format: OutputFormat<T>): OutputFormat<T> {
  const { extension, open, encode, header, join } = (format ?? {}) as Partial<PartFormat<T> & ElementFormat<T>>
  if (typeof open !== 'function' && typeof encode !== 'function') {
    throw badFormat("is a name, as 'ndjson', or an object with a function encode or open", format)
  }
  if (join !== undefined && typeof join !== 'function') throw badFormat('joins files by a function', join)
  if (header !== undefined && typeof header !== 'string') throw badFormat('has a text as its header', header)
  const isExtension = extension === undefined || (typeof extension === 'string' && /^\w[\w.-]*$/.test(extension))
  if (!isExtension) throw badFormat('has an extension of letters, digits, ".", "_" and "-"', extension)
  return format
}

/** The encoder of one file in any format. */
export function openPart<T>(format: OutputFormat<T>, part: FilePart): PartEncoder<T> {
  return 'open' in format ? format.open(part) : new ElementEncoder(format)
}

/** How files of a format become one; `undefined` for a format that cannot say. */
export function joinOf<T>(format: OutputFormat<T>): JoinFiles | undefined {
  return 'open' in format ? format.join : (files) => joinBytes(files, format.header)
}

/**
 * One file after the other, the header of the first for all: joins what is made of lines, and archives of members, as gzip's.
 *
 * @example
 * ```ts
 * const shouted: OutputFormat<string> = {
 *   open: () => ({ encode: (words) => words.join('! ') + '! ' }),
 *   join: (files) => joinBytes(files),
 * }
 * words.saveAsFiles('data/shouted', '', { format: shouted, compact: true })
 * ```
 */
export async function* joinBytes(
  files: readonly AsyncIterable<Uint8Array>[],
  header = '',
): AsyncGenerator<Uint8Array, void> {
  const headerBytes = new TextEncoder().encode(header).length
  for (const [index, file] of files.entries()) yield* index === 0 ? file : skipped(file, headerBytes)
}

async function* skipped(file: AsyncIterable<Uint8Array>, count: number): AsyncGenerator<Uint8Array, void> {
  let left = count
  for await (const chunk of file) {
    if (chunk.length > left) yield chunk.subarray(left)
    left = Math.max(0, left - chunk.length)
  }
}

class ElementEncoder<T> implements PartEncoder<T> {
  readonly #format: ElementFormat<T>
  #started = false

  constructor(format: ElementFormat<T>) {
    this.#format = format
  }

  encode(elements: readonly T[]): Uint8Array | string {
    const pieces: (Uint8Array | string)[] = elements.map((element) =>
      ownPiece(checkPiece(this.#format.encode(element))),
    )
    if (!this.#started) pieces.unshift(this.#format.header ?? '')
    this.#started = true
    return joinPieces(pieces)
  }
}

/** A text if all are, else bytes. */
export function joinPieces(pieces: readonly (Uint8Array | string)[]): Uint8Array | string {
  return pieces.every((piece) => typeof piece === 'string') ? pieces.join('') : concatBytes(pieces)
}

/** For whoever holds it while the next is made, perhaps in the same buffer. */
export function ownPiece(piece: Uint8Array | string): Uint8Array | string {
  // `slice` of a Buffer is no copy.
  return typeof piece === 'string' ? piece : new Uint8Array(piece)
}

function checkPiece(piece: unknown): Uint8Array | string {
  if (typeof piece === 'string' || piece instanceof Uint8Array) return piece
  throw badFormat('encodes each element as a text or as bytes', piece)
}

export function badFormat(rule: string, got: unknown): SluiceError {
  return new SluiceError({
    code: 'bad-format',
    kind: 'invalid',
    message: `An output format ${rule}: ${excerpt(got)}`,
  })
}
