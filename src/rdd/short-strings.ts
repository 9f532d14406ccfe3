/** A longer string, or one with a character past U+00FF, does not fit into a slot. */
const MAX_LENGTH = 8
const MAX_CODE = 0xff
/** A slot: four characters; four more; the string's number and length, 0 if it is empty; nothing, so that none lies in two cache lines. */
const SLOT_INTS = 4
const FIRST_SLOTS = 16
const LENGTH_BITS = 4
/** Chance never makes such a long way at half load, but chosen keys can: hashes here have no secret. */
const MAX_STEPS = 512

/** The string is not there. */
export const ABSENT = -1
/** The string does not fit; look for it elsewhere. */
export const TOO_WIDE = -2

/**
 * Numbers for short strings: words, codes, names. A string lies in the table itself, so that a look-up is a few
 * comparisons at one place in memory. A `Map` calls a function to hash each new string, and then reads its bucket, its
 * entry and the key; for short keys that were split off a line, it takes four times as long.
 */
export class ShortStrings {
  #slots = new Int32Array(FIRST_SLOTS * SLOT_INTS)
  #mask = FIRST_SLOTS - 1
  #size = 0

  /** The number that was given to a string, `ABSENT`, or `TOO_WIDE`. */
  find(text: string): number {
    const { length } = text
    if (length > MAX_LENGTH) return TOO_WIDE
    let low = 0
    let high = 0
    let codes = 0
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i)
      codes |= code
      if (i < 4) low |= code << (i << 3)
      else high |= code << ((i - 4) << 3)
    }
    if (codes > MAX_CODE) return TOO_WIDE
    const slots = this.#slots
    const mask = this.#mask
    let slot = mix(low, high, length) & mask
    for (let steps = 0; steps <= MAX_STEPS; steps++, slot = (slot + 1) & mask) {
      const at = slot * SLOT_INTS
      const entry = slots[at + 2] as number
      if (entry === 0) return ABSENT
      if (slots[at] === low && slots[at + 1] === high && (entry & 15) === length + 1) return entry >>> LENGTH_BITS
    }
    return ABSENT
  }

  /** Gives a number to a string that is not there, and fits. False: keys crowd so much that this table is of no use any more. */
  add(text: string, number: number): boolean {
    if (++this.#size * 2 > this.#mask && !this.#grow()) return false
    return this.#put(fourFrom(text, 0), fourFrom(text, 4), (number << LENGTH_BITS) | (text.length + 1))
  }

  #put(low: number, high: number, entry: number): boolean {
    let slot = mix(low, high, (entry & 15) - 1) & this.#mask
    for (let steps = 0; steps <= MAX_STEPS; steps++, slot = (slot + 1) & this.#mask) {
      const at = slot * SLOT_INTS
      if (this.#slots[at + 2] !== 0) continue
      this.#slots[at] = low
      this.#slots[at + 1] = high
      this.#slots[at + 2] = entry
      return true
    }
    return false
  }

  #grow(): boolean {
    const old = this.#slots
    this.#slots = new Int32Array(old.length * 2)
    this.#mask = this.#mask * 2 + 1
    for (let at = 0; at < old.length; at += SLOT_INTS) {
      const entry = old[at + 2] as number
      if (entry !== 0 && !this.#put(old[at] as number, old[at + 1] as number, entry)) return false
    }
    return true
  }
}

/** Up to four characters in one number. */
function fourFrom(text: string, start: number): number {
  let four = 0
  for (let i = start; i < Math.min(start + 4, text.length); i++) four |= text.charCodeAt(i) << ((i - start) << 3)
  return four
}

/** Spreads strings that differ in any character over all slots. */
function mix(low: number, high: number, length: number): number {
  let hash = Math.imul(low ^ Math.imul(high ^ length, 0x9e3779b1), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 15), 0xc2b2ae35)
  return hash ^ (hash >>> 13)
}
