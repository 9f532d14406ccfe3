/**
 * The stored form of values, fixed for ever: stored state is read by later releases. One tag byte, then the tag's own
 * bytes. Numbers of several bytes are little-endian; counts and lengths are LEB128 (`uint`).
 *
 * | tag | value | bytes that follow |
 * |---|---|---|
 * | 00-7F | integers 0 to 127 | |
 * | 80-9F | string of 0 to 31 bytes of UTF-8 | the bytes |
 * | A0-AF | array of 0 to 15 items (a hole is `undefined`) | the items |
 * | B0-BF | plain object of 0 to 15 members | name (a string) and value of each, in order |
 * | C0-C4 | undefined, null, false, true, NaN | |
 * | C5 | any other number (-0 and infinities, too) | 8, IEEE 754 |
 * | C6 | longer string | uint, UTF-8 |
 * | C7 | string that UTF-8 cannot say (lone surrogates) | uint, 2 per code unit |
 * | C8, C9, CA | longer array; longer object; object without prototype | uint, then as above |
 * | CB, CC | Map, Set | uint, then keys and values, or items, in order |
 * | CD | Date | its milliseconds, a number (NaN: invalid date) |
 * | CE, CF | ArrayBuffer; typed array | for CF its kind; uint, bytes as in memory (little-endian machines) |
 * | D0, D1 | bigint from 0; below 0 | uint, bytes of the magnitude |
 * | D9-DF | integer from 128 on, in 1 to 7 bytes | the bytes |
 * | E1-E7 | integer below 0: its magnitude, in 1 to 7 bytes | the bytes |
 */
export const TAG = {
  string: 0x80,
  array: 0xa0,
  object: 0xb0,
  undefined: 0xc0,
  null: 0xc1,
  false: 0xc2,
  true: 0xc3,
  nan: 0xc4,
  float: 0xc5,
  longString: 0xc6,
  utf16: 0xc7,
  longArray: 0xc8,
  longObject: 0xc9,
  bareObject: 0xca,
  map: 0xcb,
  set: 0xcc,
  date: 0xcd,
  arrayBuffer: 0xce,
  typedArray: 0xcf,
  bigint: 0xd0,
  negativeBigint: 0xd1,
  /** Plus the number of bytes, 1 to 7. */
  integer: 0xd8,
  negativeInteger: 0xe0,
} as const

export const SHORT_STRING_BYTES = 31
export const SHORT_COUNT = 15

/** Of containers inside each other: bounds recursion on both sides, far above what data needs. */
export const MAX_DEPTH = 200

/** Of one bigint: making one from bytes costs more than linear time. */
export const MAX_BIGINT_BYTES = 1 << 16

/** The kinds of typed arrays, by the number that stands for them. Only ever added to. */
export const TYPED_ARRAYS = [
  Uint8Array,
  Int8Array,
  Uint8ClampedArray,
  Uint16Array,
  Int16Array,
  Uint32Array,
  Int32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
] as const
