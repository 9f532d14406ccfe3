/** Two passes of 16 bits, each keeping the order of the one before. */
const DIGITS = 1 << 16
/** Below, comparing is less work than counting digits. */
const FEW = 4096

/** The positions of the hashes (unsigned, 32 bits) in the order of the hashes; of equal ones, as they come. */
export function orderOf(hashes: Uint32Array): Uint32Array {
  const order = new Uint32Array(hashes.length)
  for (let i = 0; i < order.length; i++) order[i] = i
  if (hashes.length < FEW) return order.sort((a, b) => (hashes[a] as number) - (hashes[b] as number) || a - b)
  return passed(hashes, passed(hashes, order, 0), 16)
}

/** `order` sorted by 16 bits of the hashes. */
function passed(hashes: Uint32Array, order: Uint32Array, shift: number): Uint32Array {
  const next = firstPlaces(hashes, shift)
  const sorted = new Uint32Array(order.length)
  for (let i = 0; i < order.length; i++) {
    const at = order[i] as number
    const digit = ((hashes[at] as number) >>> shift) & (DIGITS - 1)
    sorted[next[digit] as number] = at
    next[digit] = (next[digit] as number) + 1
  }
  return sorted
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
