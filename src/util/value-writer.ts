import { MAX_BIGINT_BYTES, MAX_DEPTH, SHORT_COUNT, SHORT_STRING_BYTES, TAG, TYPED_ARRAYS } from './codec-format.ts'
import { SluiceError } from './errors.ts'
import { memberPath } from './member-path.ts'

const utf8 = new TextEncoder()
const LONE_SURROGATE = /\p{Surrogate}/u
/** Up to here a loop over the characters beats the call of the encoder. */
const LOOP_CHARACTERS = 64
/** Of writers that have written nothing: many never do, and bytes take longer to get than a small value to write. */
const NO_BYTES = new Uint8Array()
const NO_VIEW = new DataView(NO_BYTES.buffer)

/**
 * Writes values one after the other (format: `codec-format.ts`) into bytes that grow as needed. The same data always gives
 * the same bytes. A value that cannot be written leaves nothing behind.
 */
export class ValueWriter {
  readonly #capacityBytes: number
  #bytes: Uint8Array = NO_BYTES
  #view = NO_VIEW
  #length = 0
  /** The containers being written, outermost first: finds cycles, and names the path when something is refused. */
  readonly #open: object[] = []

  constructor(capacityBytes = 1024) {
    this.#capacityBytes = capacityBytes
  }

  /** Bytes written so far. */
  get length(): number {
    return this.#length
  }

  /** Writes one value; throws code `not-encodable`, naming the offending member, when it is not made of plain data. */
  value(value: unknown): void {
    const start = this.#length
    try {
      this.#value(value)
    } catch (error) {
      this.#length = start
      this.#open.length = 0
      throw error
    }
  }

  /** What `value` writes for a number, for loops over many. */
  number(value: number): void {
    if (value >= 0 && value < 128 && Number.isInteger(value) && !Object.is(value, -0)) this.#byte(value)
    else this.#number(value)
  }

  /** A whole number from 0 to 2^53 - 1, without a tag: fewer bytes for smaller ones. */
  uint(value: number): void {
    this.#reserve(8)
    let rest = value
    while (rest >= 128) {
      this.#bytes[this.#length++] = (rest % 128) | 128
      rest = Math.floor(rest / 128)
    }
    this.#bytes[this.#length++] = rest
  }

  /** Bytes as they are. */
  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length)
    this.#bytes.set(bytes, this.#length)
    this.#length += bytes.length
  }

  /** Forgets everything after the first `length` bytes. */
  truncate(length: number): void {
    this.#length = Math.min(length, this.#length)
  }

  /** What was written from `start` on; valid until the next write. */
  since(start: number): Uint8Array {
    return this.#bytes.subarray(start, this.#length)
  }

  /** A copy of everything written. */
  toBytes(): Uint8Array {
    return this.#bytes.slice(0, this.#length)
  }

  #value(value: unknown): void {
    if (typeof value === 'number') this.#number(value)
    else if (typeof value === 'string') this.#string(value)
    else if (value === null) this.#byte(TAG.null)
    else if (typeof value === 'object') this.#object(value)
    else if (typeof value === 'boolean') this.#byte(value ? TAG.true : TAG.false)
    else if (value === undefined) this.#byte(TAG.undefined)
    else if (typeof value === 'bigint') this.#bigint(value)
    else throw this.#refusal(value, `a ${typeof value}`)
  }

  #number(value: number): void {
    this.#reserve(9)
    if (Number.isSafeInteger(value) && !Object.is(value, -0)) this.#integer(value)
    else if (Number.isNaN(value)) this.#byte(TAG.nan)
    else {
      this.#bytes[this.#length++] = TAG.float
      this.#view.setFloat64(this.#length, value, true)
      this.#length += 8
    }
  }

  /** Room is reserved. */
  #integer(value: number): void {
    if (value >= 0 && value < 128) {
      this.#bytes[this.#length++] = value
      return
    }
    const magnitude = Math.abs(value)
    const tagAt = this.#length++
    let low = magnitude % 0x1000000
    let rest = (magnitude - low) / 0x1000000
    while (low > 0 || rest > 0) {
      this.#bytes[this.#length++] = low & 255
      low = rest > 0 ? (low >>> 8) + (rest % 256) * 0x10000 : low >>> 8
      rest = Math.floor(rest / 256)
    }
    this.#bytes[tagAt] = (value < 0 ? TAG.negativeInteger : TAG.integer) + this.#length - tagAt - 1
  }

  #string(value: string): void {
    if (value.length > LOOP_CHARACTERS || !this.#asciiString(value)) this.#encodedString(value)
  }

  /** Writes nothing if there is a character that UTF-8 gives several bytes. */
  #asciiString(value: string): boolean {
    this.#reserve(value.length + 2)
    let at = this.#length
    if (value.length <= SHORT_STRING_BYTES) this.#bytes[at++] = TAG.string + value.length
    else {
      this.#bytes[at++] = TAG.longString
      this.#bytes[at++] = value.length
    }
    for (let i = 0; i < value.length; i++) {
      const code = value.charCodeAt(i)
      if (code >= 128) return false
      this.#bytes[at++] = code
    }
    this.#length = at
    return true
  }

  #encodedString(value: string): void {
    const bytes = utf8.encode(value)
    if (bytes.length !== value.length && LONE_SURROGATE.test(value)) {
      this.#utf16(value)
      return
    }
    if (bytes.length <= SHORT_STRING_BYTES) this.#byte(TAG.string + bytes.length)
    else this.#counted(TAG.longString, bytes.length)
    this.raw(bytes)
  }

  #utf16(value: string): void {
    this.#byte(TAG.utf16)
    this.uint(value.length)
    this.#reserve(value.length * 2)
    for (let i = 0; i < value.length; i++) {
      this.#view.setUint16(this.#length, value.charCodeAt(i), true)
      this.#length += 2
    }
  }

  #bigint(value: bigint): void {
    const hex = (value < 0n ? -value : value).toString(16)
    const sizeBytes = value === 0n ? 0 : (hex.length + 1) >> 1
    if (sizeBytes > MAX_BIGINT_BYTES) throw this.#refusal(value, `a bigint of more than ${MAX_BIGINT_BYTES} bytes`)
    this.#byte(value < 0n ? TAG.negativeBigint : TAG.bigint)
    this.uint(sizeBytes)
    this.#reserve(sizeBytes)
    for (let i = 0; i < sizeBytes; i++) {
      const end = hex.length - 2 * i
      this.#bytes[this.#length++] = Number.parseInt(hex.slice(Math.max(0, end - 2), end), 16)
    }
  }

  #object(value: object): void {
    if (this.#open.includes(value)) throw this.#refusal(value, 'a reference back to what contains it')
    if (this.#open.length >= MAX_DEPTH) throw this.#refusal(value, `nested more than ${MAX_DEPTH} deep`)
    this.#open.push(value)
    this.#container(value, Object.getPrototypeOf(value))
    this.#open.pop()
  }

  #container(value: object, prototype: unknown): void {
    if (prototype === Array.prototype) this.#array(value as unknown[])
    else if (prototype === Object.prototype) this.#members(value as Record<string, unknown>, true)
    else if (prototype === null) this.#members(value as Record<string, unknown>, false)
    else if (prototype === Map.prototype) this.#map(value as Map<unknown, unknown>)
    else if (prototype === Set.prototype) this.#set(value as Set<unknown>)
    else if (prototype === Date.prototype) this.#date(value as Date)
    else if (prototype === ArrayBuffer.prototype) this.#arrayBuffer(value as ArrayBuffer)
    else this.#typedArray(value, prototype)
  }

  #array(items: readonly unknown[]): void {
    if (items.length <= SHORT_COUNT) this.#byte(TAG.array + items.length)
    else this.#counted(TAG.longArray, items.length)
    for (let i = 0; i < items.length; i++) this.#value(items[i])
  }

  #members(object: Record<string, unknown>, hasPrototype: boolean): void {
    const names = Object.keys(object)
    if (Object.getOwnPropertySymbols(object).length > 0) throw this.#refusal(undefined, 'a member named by a symbol')
    if (hasPrototype && names.length <= SHORT_COUNT) this.#byte(TAG.object + names.length)
    else this.#counted(hasPrototype ? TAG.longObject : TAG.bareObject, names.length)
    for (const name of names) {
      this.#string(name)
      this.#value(object[name])
    }
  }

  #map(map: ReadonlyMap<unknown, unknown>): void {
    this.#counted(TAG.map, map.size)
    for (const [key, value] of map) {
      this.#value(key)
      this.#value(value)
    }
  }

  #set(set: ReadonlySet<unknown>): void {
    this.#counted(TAG.set, set.size)
    for (const item of set) this.#value(item)
  }

  #date(date: Date): void {
    this.#byte(TAG.date)
    this.#number(date.getTime())
  }

  #arrayBuffer(buffer: ArrayBuffer): void {
    this.#counted(TAG.arrayBuffer, buffer.byteLength)
    this.raw(new Uint8Array(buffer))
  }

  #typedArray(value: object, prototype: unknown): void {
    const kind = TYPED_ARRAYS.findIndex((type) => type.prototype === prototype)
    if (kind < 0) {
      this.#open.pop()
      throw this.#refusal(value, `an instance of ${className(prototype)}`)
    }
    const array = value as Uint8Array
    this.#byte(TAG.typedArray)
    this.#byte(kind)
    this.uint(array.byteLength)
    this.raw(new Uint8Array(array.buffer, array.byteOffset, array.byteLength))
  }

  #counted(tag: number, count: number): void {
    this.#byte(tag)
    this.uint(count)
  }

  #byte(byte: number): void {
    this.#reserve(1)
    this.#bytes[this.#length++] = byte
  }

  #reserve(more: number): void {
    const needed = this.#length + more
    if (needed <= this.#bytes.length) return
    const grown = new Uint8Array(Math.max(needed, this.#capacityBytes, this.#bytes.length * 2))
    grown.set(this.#bytes.subarray(0, this.#length))
    this.#bytes = grown
    this.#view = new DataView(grown.buffer)
  }

  #refusal(value: unknown, what: string): SluiceError {
    return new SluiceError({
      code: 'not-encodable',
      kind: 'invalid',
      message: `Only plain data can be stored (numbers, strings, booleans, bigints, dates, arrays, plain objects, Map, Set, typed arrays), not ${what}; convert it first: ${memberPath([...this.#open, value])}`,
    })
  }
}

function className(prototype: unknown): string {
  const type = (prototype as { constructor?: { name?: unknown } }).constructor?.name
  return typeof type === 'string' && type !== '' ? type : 'a class'
}
