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
    for (let probe = 0; probe < PROBES; probe++) {
      const bit = this.#bit(hash, probe)
      this.bytes[Math.floor(bit / 8)] = (this.bytes[Math.floor(bit / 8)] as number) | (1 << (bit % 8))
    }
  }

  /** Always true for a key that was added. */
  mayHold(hash: number): boolean {
    for (let probe = 0; probe < PROBES; probe++) {
      const bit = this.#bit(hash, probe)
      if (((this.bytes[Math.floor(bit / 8)] as number) & (1 << (bit % 8))) === 0) return false
    }
    return true
  }

  /** Neighbouring hashes go to bits far from each other; a step that depends on the hash makes the probes different. */
  #bit(hash: number, probe: number): number {
    const mixed = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d)
    const step = Math.imul(mixed ^ (mixed >>> 13), 0x297a2d39) | 1
    return ((Math.imul(step, probe) + mixed) >>> 0) % (this.bytes.length * 8)
  }
}
