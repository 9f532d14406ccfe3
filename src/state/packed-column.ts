import { SluiceError } from '../util/errors.ts'
import type { ValueReader } from '../util/value-reader.ts'
import type { ValueWriter } from '../util/value-writer.ts'
import { isStored, type Page, readKept } from './stored.ts'

/**
 * Stored columns. Numbers that all fit one of these kinds lie side by side in it (little-endian), after the kind's number; any
 * other column is 0 and its values one after the other. Kinds are only ever added to.
 */
const MIXED = 0
const KINDS = [undefined, Uint8Array, Uint16Array, Int32Array, Float64Array] as const
type Kind = 0 | 1 | 2 | 3 | 4
/** Whole numbers that follow each other, of which the first (uint) is written. */
const RUN = 5

/** Writes values as they are kept: scalars, and objects in stored form, which live in `page` from now on. */
export function writeColumn(writer: ValueWriter, values: readonly unknown[], page: Page): void {
  const kind = kindOf(values)
  writer.uint(kind)
  const type = KINDS[kind]
  if (type) writer.raw(new Uint8Array(type.from(values as number[]).buffer))
  else for (const value of values) writeKept(writer, value, page)
}

/** Writes whole numbers that follow each other. */
export function writeRun(writer: ValueWriter, first: number): void {
  writer.uint(RUN)
  writer.uint(first)
}

/** Reads the first of the numbers that `writeRun` wrote, or so many values that `writeColumn` did. */
export function readRunOrColumn(reader: ValueReader, count: number, page: Page): number | ArrayLike<unknown> {
  const kind = reader.uint()
  return kind === RUN ? reader.uint() : columnOf(kind, reader, { count, page })
}

/** Reads so many values that `writeColumn` wrote. */
export function readColumn(reader: ValueReader, count: number, page: Page): ArrayLike<unknown> {
  return columnOf(reader.uint(), reader, { count, page })
}

function columnOf(
  kind: number,
  reader: ValueReader,
  { count, page }: { readonly count: number; readonly page: Page },
): ArrayLike<unknown> {
  if (kind >= KINDS.length) throw unknownKind(kind)
  const type = KINDS[kind]
  if (type) return new type(reader.raw(count * type.BYTES_PER_ELEMENT).slice().buffer)
  const values: unknown[] = []
  for (let i = 0; i < count; i++) values.push(readKept(reader, page))
  return values
}

function unknownKind(kind: number): SluiceError {
  const message = `Stored bytes do not hold a column of a kind that this release knows: ${kind}`
  return new SluiceError({ code: 'value-corrupt', kind: 'data', message })
}

function writeKept(writer: ValueWriter, value: unknown, page: Page): void {
  if (isStored(value)) value.moveTo(writer, page)
  else writer.value(value)
}

/** NaN is left to the form of values, which has one for all that it may be in memory. */
function kindOf(values: readonly unknown[]): Kind {
  let widest: Kind = 1
  for (const value of values) {
    if (typeof value !== 'number' || Number.isNaN(value)) return MIXED
    const kind = kindOfNumber(value)
    if (kind > widest) widest = kind
  }
  return widest
}

function kindOfNumber(value: number): Kind {
  if ((value | 0) !== value || Object.is(value, -0)) return 4
  if (value < 0) return 3
  return value < 0x100 ? 1 : value < 0x10000 ? 2 : 3
}
