/** A longer string, or one with a character past U+00FF, does not fit. */
const MAX_LENGTH = 12
const MAX_CODE = 0xff
/** What three words of content are of: a string of a length less by one, a whole number of 32 bits, any other number. */
const WHOLE = MAX_LENGTH + 2
const NUMBER = WHOLE + 1
const NOT_A_NUMBER = WHOLE + 2
const WORDS = 4
/** So few that both arrays have 64 bytes at most, which engines make without asking the system for memory: a batch makes many tables. */
const FIRST_SLOTS = 8
/** Chance never makes such a long way at half load, but chosen keys can: hashes here have no secret. */
const MAX_STEPS = 512
const FLOAT = new Float64Array(1)
const HALVES = new Int32Array(FLOAT.buffer)

/** The key is not there. */
export const ABSENT = -1
/** The key does not fit; look for it elsewhere. */
export const TOO_WIDE = -2

/**
 * Where keys of few bytes are: numbers, and short strings as words, codes and names are. They lie in the order of their places,
 * so that those which come often, and so came early, share cache lines; the hash table over them is only numbers. A `Map` calls a
 * function to hash each string that was just made, and then reads its bucket, its entry and the key.
 */
export class PackedKeys {
  /** Places plus one, by hash; 0 is free. */
  #slots = new Int32Array(FIRST_SLOTS)
  #mask = FIRST_SLOTS - 1
  #size = 0
  /** By place: twelve characters or a number, and which of these it is; 0 for places of keys that are elsewhere. */
  #words = new Int32Array((FIRST_SLOTS * WORDS) / 2)

  /** The place that a key was given, `ABSENT`, or `TOO_WIDE`. */
  find(key: string | number): number {
    return typeof key === 'string' ? this.#findText(key) : this.#findNumber(key)
  }

  /** Gives a place to a key that is not there, and fits. False: keys crowd so much that this table is of no use any more. */
  add(key: string | number, place: number): boolean {
    if ((place + 1) * WORDS > this.#words.length) this.#widen(place)
    this.#words.set(typeof key === 'string' ? packedText(key) : packedNumber(key), place * WORDS)
    return ++this.#size * 2 > this.#mask ? this.#grow() : this.#put(place)
  }

  #findText(text: string): number {
    const { length } = text
    if (length > MAX_LENGTH) return TOO_WIDE
    let a = 0
    let b = 0
    let c = 0
    let codes = 0
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i)
      codes |= code
      // A shift counts modulo 32.
      if (i < 4) a |= code << (i << 3)
      else if (i < 8) b |= code << (i << 3)
      else c |= code << (i << 3)
    }
    return codes > MAX_CODE ? TOO_WIDE : this.#probe(a, b, c, length + 1)
  }

  #findNumber(key: number): number {
    if ((key | 0) === key) return this.#probe(key, 0, 0, WHOLE)
    const [a, b, c, kind] = packedNumber(key)
    return this.#probe(a, b, c, kind)
  }

  #probe(a: number, b: number, c: number, kind: number): number {
    const slots = this.#slots
    const words = this.#words
    const mask = this.#mask
    let slot = mix(a, b, c ^ kind) & mask
    for (let steps = 0; steps <= MAX_STEPS; steps++, slot = (slot + 1) & mask) {
      const place = (slots[slot] as number) - 1
      if (place < 0) return ABSENT
      const at = place * WORDS
      if (words[at] === a && words[at + 1] === b && words[at + 2] === c && words[at + 3] === kind) return place
    }
    return ABSENT
  }

  #put(place: number): boolean {
    const words = this.#words
    const at = place * WORDS
    const last = (words[at + 2] as number) ^ (words[at + 3] as number)
    let slot = mix(words[at] as number, words[at + 1] as number, last) & this.#mask
    for (let steps = 0; steps <= MAX_STEPS; steps++, slot = (slot + 1) & this.#mask) {
      if (this.#slots[slot] !== 0) continue
      this.#slots[slot] = place + 1
      return true
    }
    return false
  }

  #grow(): boolean {
    this.#mask = this.#mask * 2 + 1
    this.#slots = new Int32Array(this.#mask + 1)
    for (let place = 0; place * WORDS < this.#words.length; place++) {
      if (this.#words[place * WORDS + 3] !== 0 && !this.#put(place)) return false
    }
    return true
  }

  #widen(place: number): void {
    const words = new Int32Array(Math.max(this.#words.length * 2, (place + 1) * WORDS))
    words.set(this.#words)
    this.#words = words
  }
}

type Packed = readonly [a: number, b: number, c: number, kind: number]

function packedText(text: string): Packed {
  return [fourFrom(text, 0), fourFrom(text, 4), fourFrom(text, 8), text.length + 1]
}

/** Up to four characters in one number. */
function fourFrom(text: string, start: number): number {
  let four = 0
  for (let i = start; i < Math.min(start + 4, text.length); i++) four |= text.charCodeAt(i) << ((i - start) << 3)
  return four
}

/** `-0` is `0`, and `NaN` is itself, whatever bits it has. */
function packedNumber(key: number): Packed {
  if ((key | 0) === key) return [key | 0, 0, 0, WHOLE]
  if (Number.isNaN(key)) return [0, 0, 0, NOT_A_NUMBER]
  FLOAT[0] = key
  return [HALVES[0] as number, HALVES[1] as number, 0, NUMBER]
}

/** Spreads keys that differ in any bit over all slots. */
function mix(a: number, b: number, c: number): number {
  let hash = Math.imul(a ^ Math.imul(b ^ Math.imul(c, 0xcc9e2d51), 0x9e3779b1), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 15), 0xc2b2ae35)
  return hash ^ (hash >>> 13)
}
