const BITS_PER_KEY = 10
/** Of so many bits per key, what finds most absent keys out with few accesses: about one in 80 slips through. */
const PROBES = 4

/** The bytes of a filter for so many keys. */
export function filterBytes(keys: number): number {
  return Math.ceil((keys * BITS_PER_KEY) / 8)
}

/** A Bloom filter over the hashes (`scatter`) of keys: says of an absent key, nearly always, that it is absent. */
export class KeyFilter {
  readonly bytes: Uint8Array

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }

  add(hash: number): void {
    const bits = this.bytes.length * 8
    const step = stepOf(hash)
    for (let probe = 0, at = startOf(hash); probe < PROBES; probe++, at += step) {
      const bit = (at >>> 0) % bits
      this.bytes[bit >>> 3] = (this.bytes[bit >>> 3] as number) | (1 << (bit & 7))
    }
  }

  /** Always true for a key that was added. */
  mayHold(hash: number): boolean {
    const bits = this.bytes.length * 8
    const step = stepOf(hash)
    for (let probe = 0, at = startOf(hash); probe < PROBES; probe++, at += step) {
      const bit = (at >>> 0) % bits
      if (((this.bytes[bit >>> 3] as number) & (1 << (bit & 7))) === 0) return false
    }
    return true
  }
}

/** Neighbouring hashes go to bits far from each other. */
function startOf(hash: number): number {
  return Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d)
}

/** The probes of hashes that start at one bit differ. */
function stepOf(hash: number): number {
  const start = startOf(hash)
  return Math.imul(start ^ (start >>> 13), 0x297a2d39) | 1
}
