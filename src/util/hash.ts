/**
 * The hash that assigns keys to partitions. It is persisted with state, so it never changes:
 *
 * FNV-1a (32 bits, offset basis 2166136261, prime 16777619), one step per 16-bit unit, over the units of the key, then
 * MurmurHash3's 32-bit finaliser. The units of a key are a tag and its content:
 * null `z`; boolean `t` or `f`; string `s`, its UTF-16 code units, its length; number `n`, the four 16-bit quarters of its
 * IEEE 754 form from the most significant on (-0 as 0, NaN as 0x7ff8000000000000); bigint `i`, its decimal digits;
 * date `d`, its milliseconds as a number's quarters; array `a`, its elements, `]`; plain object `o`, for each
 * property in the order of names the name as a string and the value, `}`. A length goes in as its low 16 bits.
 */
import { sortedEntries, unsupported } from './key.ts'

const OFFSET_BASIS = 0x811c9dc5
const PRIME = 0x01000193
const DOUBLE = new Float64Array(1)
/** Its two halves, on little-endian machines; a view that can choose the order of bytes takes three times as long. */
const HALVES = new Uint32Array(DOUBLE.buffer)

/** The hash of a key: an unsigned 32-bit integer, equal for equal keys. Throws `unsupported-key` as `mapKey` does. */
export function hashKey(key: unknown): number {
  return finalise(mix(OFFSET_BASIS, key, 0))
}

/**
 * The partition that a key belongs to, from 0 to before `partitions`; null is always in partition 0.
 *
 * @example
 * ```ts
 * partitionOfKey('row', 2) // 1
 * partitionOfKey('stream', 2) // 0
 * ```
 */
export function partitionOfKey(key: unknown, partitions: number): number {
  return key === null || partitions === 1 ? 0 : hashKey(key) % partitions
}

/** The golden ratio of 2^32: spreads consecutive numbers, and numbers that share their low bits, over all hashes. */
const GOLDEN = 0x9e3779b1

/** The hash of a whole number of 32 bits: different for different numbers. It orders stored state, so it never changes. */
export function scatterInteger(key: number): number {
  return Math.imul(key, GOLDEN)
}

/** An unsigned 32-bit integer, equal for equal keys, by which stored state is ordered: `scatterInteger` where that fits, else `hashKey`. */
export function scatter(key: unknown): number {
  if (typeof key === 'number' && (key | 0) === key) return scatterInteger(key) >>> 0
  return hashKey(key)
}

/** A 64-bit digest of a text, 16 hexadecimal digits: stable names and fingerprints, not security. */
export function digest(text: string): string {
  const low = finalise(mixText(OFFSET_BASIS, text))
  const high = finalise(mixText(~OFFSET_BASIS, text))
  return high.toString(16).padStart(8, '0') + low.toString(16).padStart(8, '0')
}

function mix(hash: number, key: unknown, depth: number): number {
  switch (typeof key) {
    case 'string':
      return step(mixText(tag(hash, 's'), key), key.length & 0xffff)
    case 'number':
      return quarters(tag(hash, 'n'), key)
    case 'bigint':
      return mixText(tag(hash, 'i'), String(key))
    case 'boolean':
      return tag(hash, key ? 't' : 'f')
    case 'object':
      return key === null ? tag(hash, 'z') : mixObject(hash, key, depth)
    default:
      throw unsupported(key)
  }
}

function mixObject(hash: number, key: object, depth: number): number {
  if (depth > 100) throw unsupported(key)
  if (Array.isArray(key)) {
    return tag(
      Array.from(key).reduce<number>((h, item) => mix(h, item, depth + 1), tag(hash, 'a')),
      ']',
    )
  }
  if (key instanceof Date && !Number.isNaN(key.getTime())) return quarters(tag(hash, 'd'), key.getTime())
  let h = tag(hash, 'o')
  for (const [name, value] of sortedEntries(key)) h = mix(mix(h, name, depth), value, depth + 1)
  return tag(h, '}')
}

function step(hash: number, unit: number): number {
  return Math.imul(hash ^ unit, PRIME)
}

function tag(hash: number, letter: string): number {
  return step(hash, letter.charCodeAt(0))
}

function mixText(hash: number, text: string): number {
  let h = hash
  for (let i = 0; i < text.length; i++) h = step(h, text.charCodeAt(i))
  return h
}

function quarters(hash: number, value: number): number {
  // Adding 0 turns -0 into 0.
  DOUBLE[0] = value + 0
  // A NaN may carry any payload.
  const high = Number.isNaN(value) ? 0x7ff80000 : (HALVES[1] as number)
  const low = Number.isNaN(value) ? 0 : (HALVES[0] as number)
  return step(step(step(step(hash, high >>> 16), high & 0xffff), low >>> 16), low & 0xffff)
}

function finalise(hash: number): number {
  let h = hash
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}
