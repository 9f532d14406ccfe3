import { MAX_BIGINT_BYTES, MAX_DEPTH, TAG, TYPED_ARRAYS } from './codec-format.ts'
import { SluiceError } from './errors.ts'

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
/** Up to here a loop over the bytes beats the call of the decoder. */
const LOOP_BYTES = 24
const MAX_DATE_MS = 8.64e15

/** A part of some bytes, from `start` to before `end`. */
export interface ByteSpan {
  readonly start: number
  readonly end: number
}

/**
 * Reads what a `ValueWriter` wrote, one value after the other. Trusts nothing: bytes that no writer made give an error of
 * code `value-corrupt` (kind `data`) after work and memory in proportion to the bytes that are there.
 */
export class ValueReader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  readonly #end: number
  #at: number

  constructor(bytes: Uint8Array, span: ByteSpan = { start: 0, end: bytes.length }) {
    // Of a subclass of Node, `slice` would be no copy.
    this.#bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#at = span.start
    this.#end = Math.min(span.end, bytes.length)
  }

  /** Where the next read begins. */
  get offset(): number {
    return this.#at
  }

  get atEnd(): boolean {
    return this.#at >= this.#end
  }

  /** Whether the next value is an object (an array, a date, …) and not a primitive. */
  get atObject(): boolean {
    const tag = this.#bytes[this.#at] ?? 0
    return tag >= TAG.array && (tag < TAG.undefined || (tag >= TAG.longArray && tag <= TAG.typedArray))
  }

  /** Reads one value, made anew. */
  value(): unknown {
    return this.#value(0)
  }

  /** Passes over one value without making it; checks only what that takes. */
  skip(): void {
    for (let pending = 1; pending > 0; pending--) pending += this.#skipOne()
  }

  /** Reads one value, which must be a number and not NaN. */
  number(): number {
    const value = this.value()
    if (typeof value === 'number' && !Number.isNaN(value)) return value
    throw this.#corrupt('it is not a number')
  }

  /** What `ValueWriter.uint` wrote. */
  uint(): number {
    let value = 0
    for (let scale = 1; scale <= 2 ** 49; scale *= 128) {
      const byte = this.#byte()
      value += (byte & 127) * scale
      if (byte < 128) {
        if (value > Number.MAX_SAFE_INTEGER) break
        return value
      }
    }
    throw this.#corrupt('a number is too large')
  }

  /** The next bytes, a view and not a copy. */
  raw(sizeBytes: number): Uint8Array {
    const start = this.#pass(sizeBytes)
    return this.#bytes.subarray(start, start + sizeBytes)
  }

  #value(depth: number): unknown {
    const tag = this.#byte()
    if (tag < 0x80) return tag
    if (tag < TAG.array) return this.#string(tag - TAG.string)
    if (tag < TAG.object) return this.#array(tag - TAG.array, depth)
    if (tag < TAG.undefined) return this.#members({}, tag - TAG.object, depth)
    if (tag > TAG.integer) return this.#integer(tag)
    switch (tag) {
      case TAG.undefined:
        return undefined
      case TAG.null:
        return null
      case TAG.false:
        return false
      case TAG.true:
        return true
      case TAG.nan:
        return Number.NaN
      case TAG.float:
        return this.#view.getFloat64(this.#pass(8), true)
      case TAG.longString:
        return this.#string(this.uint())
      case TAG.utf16:
        return this.#utf16(this.uint())
      case TAG.bigint:
        return this.#bigint()
      case TAG.negativeBigint:
        return -this.#bigint()
      default:
        return this.#container(tag, depth)
    }
  }

  #container(tag: number, depth: number): unknown {
    switch (tag) {
      case TAG.longArray:
        return this.#array(this.uint(), depth)
      case TAG.longObject:
        return this.#members({}, this.uint(), depth)
      case TAG.bareObject:
        return this.#members(Object.create(null) as Record<string, unknown>, this.uint(), depth)
      case TAG.map:
        return this.#map(this.uint(), depth)
      case TAG.set:
        return this.#set(this.uint(), depth)
      case TAG.date:
        return this.#date()
      case TAG.arrayBuffer:
        return this.raw(this.uint()).slice().buffer
      case TAG.typedArray:
        return this.#typedArray()
      default:
        throw this.#corrupt(`unknown tag ${tag}`)
    }
  }

  #integer(tag: number): number {
    const negative = tag > TAG.negativeInteger
    const sizeBytes = tag - (negative ? TAG.negativeInteger : TAG.integer)
    if (sizeBytes > 7) throw this.#corrupt(`unknown tag ${tag}`)
    const start = this.#pass(sizeBytes)
    let value = 0
    for (let i = start + sizeBytes - 1; i >= start; i--) value = value * 256 + (this.#bytes[i] as number)
    if (value > Number.MAX_SAFE_INTEGER) throw this.#corrupt('a number is too large')
    return negative ? -value : value
  }

  #string(sizeBytes: number): string {
    const start = this.#pass(sizeBytes)
    if (sizeBytes > LOOP_BYTES) return this.#decoded(start, sizeBytes)
    let text = ''
    for (let i = start; i < start + sizeBytes; i++) {
      const byte = this.#bytes[i] as number
      if (byte >= 128) return this.#decoded(start, sizeBytes)
      text += String.fromCharCode(byte)
    }
    return text
  }

  #decoded(start: number, sizeBytes: number): string {
    try {
      return utf8.decode(this.#bytes.subarray(start, start + sizeBytes))
    } catch (cause) {
      throw this.#corrupt('a string is not UTF-8', cause)
    }
  }

  #utf16(units: number): string {
    const start = this.#pass(units * 2)
    const parts: string[] = []
    for (let from = 0; from < units; from += 4096) {
      const codes: number[] = []
      for (let i = from; i < Math.min(units, from + 4096); i++) codes.push(this.#view.getUint16(start + i * 2, true))
      parts.push(String.fromCharCode(...codes))
    }
    return parts.join('')
  }

  #bigint(): bigint {
    const sizeBytes = this.uint()
    if (sizeBytes > MAX_BIGINT_BYTES) throw this.#corrupt('a bigint is too large')
    const start = this.#pass(sizeBytes)
    let hex = '0'
    for (let i = start + sizeBytes - 1; i >= start; i--) hex += (this.#bytes[i] as number).toString(16).padStart(2, '0')
    return BigInt(`0x${hex}`)
  }

  #array(count: number, depth: number): unknown[] {
    this.#enter(count, depth)
    const items: unknown[] = []
    for (let i = 0; i < count; i++) items.push(this.#value(depth + 1))
    return items
  }

  #members(object: Record<string, unknown>, count: number, depth: number): Record<string, unknown> {
    this.#enter(count * 2, depth)
    for (let i = 0; i < count; i++) {
      const name = this.#value(depth + 1)
      if (typeof name !== 'string') throw this.#corrupt('the name of a member is not a string')
      const value = this.#value(depth + 1)
      // Assigned, it would become the prototype.
      if (name === '__proto__')
        Object.defineProperty(object, name, { value, writable: true, enumerable: true, configurable: true })
      else object[name] = value
    }
    return object
  }

  #map(count: number, depth: number): Map<unknown, unknown> {
    this.#enter(count * 2, depth)
    const map = new Map<unknown, unknown>()
    for (let i = 0; i < count; i++) map.set(this.#value(depth + 1), this.#value(depth + 1))
    return map
  }

  #set(count: number, depth: number): Set<unknown> {
    this.#enter(count, depth)
    const set = new Set<unknown>()
    for (let i = 0; i < count; i++) set.add(this.#value(depth + 1))
    return set
  }

  #date(): Date {
    const tag = this.#byte()
    if (tag === TAG.nan) return new Date(Number.NaN)
    const ms = tag < 0x80 ? tag : tag > TAG.integer ? this.#integer(tag) : Number.POSITIVE_INFINITY
    if (Math.abs(ms) > MAX_DATE_MS) throw this.#corrupt('a date is not a number of milliseconds')
    return new Date(ms)
  }

  #typedArray(): ArrayBufferView {
    const type = TYPED_ARRAYS[this.#byte()]
    if (type === undefined) throw this.#corrupt('unknown kind of typed array')
    const bytes = this.raw(this.uint()).slice()
    if (bytes.length % type.BYTES_PER_ELEMENT !== 0) throw this.#corrupt('a typed array ends within an element')
    return new type(bytes.buffer)
  }

  /** Passes over one tag and what belongs to it; returns how many values follow as its parts. */
  #skipOne(): number {
    const tag = this.#byte()
    if (tag < 0x80) return 0
    if (tag < TAG.array) return this.#leaf(tag - TAG.string)
    if (tag < TAG.object) return tag - TAG.array
    if (tag < TAG.undefined) return (tag - TAG.object) * 2
    if (tag > TAG.integer) return this.#leaf(tag & 7)
    switch (tag) {
      case TAG.float:
        return this.#leaf(8)
      case TAG.longString:
      case TAG.arrayBuffer:
      case TAG.bigint:
      case TAG.negativeBigint:
        return this.#leaf(this.uint())
      case TAG.utf16:
        return this.#leaf(this.uint() * 2)
      case TAG.typedArray:
        this.#byte()
        return this.#leaf(this.uint())
      case TAG.longArray:
      case TAG.set:
        return this.#present(this.uint())
      case TAG.longObject:
      case TAG.bareObject:
      case TAG.map:
        return this.#present(this.uint() * 2)
      case TAG.date:
        return 1
      default:
        return 0
    }
  }

  #leaf(sizeBytes: number): 0 {
    this.#pass(sizeBytes)
    return 0
  }

  /** Refuses counts that the bytes left cannot hold, before anything is made for them. */
  #present(count: number): number {
    if (count > this.#end - this.#at) throw this.#corrupt('it ends too early')
    return count
  }

  #enter(count: number, depth: number): void {
    if (depth >= MAX_DEPTH) throw this.#corrupt(`nested more than ${MAX_DEPTH} deep`)
    this.#present(count)
  }

  #pass(sizeBytes: number): number {
    const start = this.#at
    if (sizeBytes > this.#end - start) throw this.#corrupt('it ends too early')
    this.#at = start + sizeBytes
    return start
  }

  #byte(): number {
    if (this.#at >= this.#end) throw this.#corrupt('it ends too early')
    return this.#bytes[this.#at++] as number
  }

  #corrupt(what: string, cause?: unknown): SluiceError {
    return new SluiceError({
      code: 'value-corrupt',
      kind: 'data',
      message: `Stored bytes do not hold a value: ${what}, at byte ${this.#at}`,
      cause,
    })
  }
}
