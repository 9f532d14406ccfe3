import { ValueReader } from '../util/value-reader.ts'
import { ValueWriter } from '../util/value-writer.ts'
import type { PlacedEntry } from './entry.ts'
import { readColumn, readRunOrColumn, writeColumn, writeRun } from './packed-column.ts'
import { stateCorrupt } from './state-corrupt.ts'
import type { Page } from './stored.ts'

/** What times count back from; `undefined` where entries have none. */
export type AgesFrom = number | undefined

/** The bytes of a block (layout: `snapshot-index.ts`); objects live in them from now on. `ordered`: places follow each other. */
export function encodeBlock(entries: readonly PlacedEntry[], batchTime: AgesFrom, ordered = false): Uint8Array {
  const page: Page = { bytes: new Uint8Array() }
  const writer = new ValueWriter(entries.length * 16 + 64)
  const column = (values: readonly unknown[]): void => writeColumn(writer, values, page)
  writer.uint(entries.length)
  column(entries.map(({ key }) => key))
  column(entries.map(({ value }) => value))
  if (ordered) writeRun(writer, entries[0]?.place ?? 0)
  else column(entries.map(({ place }) => place))
  if (batchTime !== undefined) column(entries.map(({ time }) => batchTime - time))
  page.bytes = writer.toBytes()
  return page.bytes
}

/** A block's entries by column. */
export class Block {
  readonly length: number
  readonly keys: ArrayLike<unknown>
  readonly #values: ArrayLike<unknown>
  /** Of entries in first-seen order, just that of the first. */
  readonly #places: number | ArrayLike<number>
  readonly #ages: ArrayLike<number> | undefined
  readonly #batchTime: number

  /** `name` is what errors (code `state-corrupt`) call the snapshot. */
  constructor(bytes: Uint8Array, batchTime: AgesFrom, name: string) {
    const page: Page = { bytes }
    const reader = new ValueReader(bytes)
    const column = (): ArrayLike<unknown> => readColumn(reader, this.length, page)
    this.length = reader.uint()
    this.keys = column()
    this.#values = column()
    const places = readRunOrColumn(reader, this.length, page)
    this.#places = typeof places === 'number' ? places : numbersOf(places, name)
    this.#ages = batchTime === undefined ? undefined : numbersOf(column(), name)
    this.#batchTime = batchTime ?? 0
    if (!reader.atEnd) throw stateCorrupt(name, 'more than its entries is in a block')
  }

  entry(i: number): PlacedEntry {
    const time = this.#ages === undefined ? 0 : this.timeAt(i)
    return { key: this.keys[i], value: this.#values[i], place: this.#placeAt(i), time }
  }

  #placeAt(i: number): number {
    return typeof this.#places === 'number' ? this.#places + i : (this.#places[i] as number)
  }

  timeAt(i: number): number {
    return this.#batchTime - (this.#ages?.[i] as number)
  }
}

/** Columns of numbers alone are never mixed. */
function numbersOf(column: ArrayLike<unknown>, name: string): ArrayLike<number> {
  if (Array.isArray(column)) throw stateCorrupt(name, 'a place or an age in a block is not a number')
  return column as ArrayLike<number>
}
