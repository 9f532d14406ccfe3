import { ValueReader } from '../util/value-reader.ts'
import type { ValueWriter } from '../util/value-writer.ts'

/** Bytes that are never written to again, once they are there. */
export interface Page {
  bytes: Uint8Array
}

/**
 * An object of the state in its stored form. Whoever asks for it gets a copy made anew, so nothing that is done to an
 * object handed out, or to one that was set in an earlier batch, reaches what was committed.
 */
export class Stored {
  #page: Page
  #start: number
  #end: number

  constructor(page: Page, start: number, end: number) {
    this.#page = page
    this.#start = start
    this.#end = end
  }

  get sizeBytes(): number {
    return this.#end - this.#start
  }

  value(): unknown {
    return new ValueReader(this.#page.bytes, { start: this.#start, end: this.#end }).value()
  }

  bytes(): Uint8Array {
    return this.#page.bytes.subarray(this.#start, this.#end)
  }

  /** The same in bytes of its own: keeping it keeps nothing else. */
  alone(): Stored {
    const bytes = Uint8Array.from(this.bytes())
    return new Stored({ bytes }, 0, bytes.length)
  }

  /** Writes it, and lives in what the writer makes from now on. */
  moveTo(writer: ValueWriter, page: Page): void {
    const start = writer.length
    writer.raw(this.bytes())
    this.#page = page
    this.#start = start
    this.#end = writer.length
  }
}

/** The next value as it is kept: a scalar, or an object in stored form. */
export function readKept(reader: ValueReader, page: Page): unknown {
  if (!reader.atObject) return reader.value()
  const start = reader.offset
  reader.skip()
  return new Stored(page, start, reader.offset)
}

/** Whether it is kept in stored form. Asked of every entry: its type tells of scalars what `instanceof` takes ten times as long for. */
export function isStored(kept: unknown): kept is Stored {
  return typeof kept === 'object' && kept instanceof Stored
}

/** What is kept as it is or in stored form. */
export function keptValue(kept: unknown): unknown {
  return isStored(kept) ? kept.value() : kept
}

/** Whether a value is kept as it is: it cannot change, and comparing it is cheap. */
export function isScalar(value: unknown): boolean {
  return value === null || (typeof value !== 'object' && typeof value !== 'function' && typeof value !== 'symbol')
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}
