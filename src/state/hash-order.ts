/** Slots in the order of their keys' hashes (unsigned, 32 bits). */
export interface HashedSlots {
  readonly hashes: Uint32Array
  readonly slots: Uint32Array
}

/** Three passes of 11 bits, each keeping the order of the one before: few enough for the places written to stay in the cache. */
const BITS = 11
const DIGITS = 1 << BITS

/** Sorts slots by hash; equal ones as they come. */
export function sortedByHash(slots: Uint32Array, hashOf: (slot: number) => number): HashedSlots {
  let from: HashedSlots = { hashes: slots.map(hashOf), slots }
  let into: HashedSlots = { hashes: new Uint32Array(slots.length), slots: new Uint32Array(slots.length) }
  for (let shift = 0; shift < 32; shift += BITS) {
    pass(from, into, shift)
    ;[from, into] = [into, from]
  }
  return from
}

/** Sorts by some bits of the hashes. */
function pass(from: HashedSlots, into: HashedSlots, shift: number): void {
  const next = firstPlaces(from.hashes, shift)
  for (let i = 0; i < from.hashes.length; i++) {
    const hash = from.hashes[i] as number
    const digit = (hash >>> shift) & (DIGITS - 1)
    const at = next[digit] as number
    next[digit] = at + 1
    into.hashes[at] = hash
    into.slots[at] = from.slots[i] as number
  }
}

/** Where the hashes of each digit begin. */
function firstPlaces(hashes: Uint32Array, shift: number): Uint32Array {
  const counts = new Uint32Array(DIGITS)
  for (let i = 0; i < hashes.length; i++) {
    const digit = ((hashes[i] as number) >>> shift) & (DIGITS - 1)
    counts[digit] = (counts[digit] as number) + 1
  }
  let before = 0
  for (let digit = 0; digit < DIGITS; digit++) {
    const count = counts[digit] as number
    counts[digit] = before
    before += count
  }
  return counts
}
