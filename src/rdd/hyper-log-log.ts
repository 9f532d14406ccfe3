import { SluiceError } from '../util/errors.ts'
import { digest } from '../util/hash.ts'
import { canonicalKey } from '../util/key.ts'

/**
 * Counts distinct keys in a few kilobytes: HyperLogLog with 64-bit hashes and Ertl's estimator ("New cardinality
 * estimation algorithms for HyperLogLog sketches", 2017), which is right from the first key on and needs no tables of
 * corrections. A sketch is its registers, plain bytes: 2^p of them, p from 4 to 32, the more the more exact.
 */
export type Sketch = Uint8Array

/** As many registers as it takes for a relative standard deviation; refuses one that is too small with code `bad-accuracy`. */
export function newSketch(relativeSD: number): Sketch {
  if (!(relativeSD > 0.000017 && relativeSD < 1)) {
    throw new SluiceError({
      code: 'bad-accuracy',
      kind: 'invalid',
      message: `accuracy (relativeSD) must be greater than 0.000017 and less than 1: ${relativeSD}`,
    })
  }
  const precision = Math.max(4, Math.ceil(2 * Math.log2(1.054 / relativeSD)))
  return new Uint8Array(2 ** precision)
}

/** Takes a key in. */
export function addKey(sketch: Sketch, key: unknown): Sketch {
  const hash = digest(canonicalKey(key))
  const high = Number.parseInt(hash.slice(0, 8), 16)
  const low = Number.parseInt(hash.slice(8), 16)
  const precision = Math.log2(sketch.length)
  const place = high >>> (32 - precision)
  const rank = leadingZeros(high, low, precision) + 1
  if (rank > (sketch[place] ?? 0)) sketch[place] = rank
  return sketch
}

/** Takes in what another sketch of the same size has seen. */
export function mergeSketches(into: Sketch, other: Sketch): Sketch {
  for (let i = 0; i < into.length; i++) if ((other[i] ?? 0) > (into[i] ?? 0)) into[i] = other[i] ?? 0
  return into
}

/**
 * About how many distinct keys there were: a whole number. Ertl's correction for registers at the end of their range is left
 * out: so many keys that it counts, 2^50 and more, are in no dataset.
 */
export function estimate(sketch: Sketch): number {
  const registers = sketch.length
  const ranks = 64 - Math.log2(registers)
  const counts = new Array<number>(ranks + 1).fill(0)
  for (const rank of sketch) counts[rank] = (counts[rank] ?? 0) + 1
  let z = 0
  for (let rank = ranks; rank >= 1; rank--) z = 0.5 * (z + (counts[rank] ?? 0))
  z += registers * sigma((counts[0] ?? 0) / registers)
  return Math.round((registers * registers) / (2 * Math.LN2 * z))
}

/** Zeros at the start of what the hash has behind the bits that name the register. */
function leadingZeros(high: number, low: number, precision: number): number {
  const inHigh = Math.clz32((high << precision) | 0)
  const width = 32 - precision
  return inHigh < width ? inHigh : width + Math.clz32(low)
}

/** What registers that no key has reached contribute. */
function sigma(share: number): number {
  if (share === 1) return Number.POSITIVE_INFINITY
  let [x, y, z, before] = [share, 1, share, Number.NaN]
  while (z !== before) {
    before = z
    x *= x
    z += x * y
    y += y
  }
  return z
}
