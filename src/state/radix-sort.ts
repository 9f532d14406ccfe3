/** Numbers (unsigned, 32 bits), and an item for each. */
export interface NumberedItems {
  readonly numbers: Uint32Array
  readonly items: Uint32Array
}

/** At most three passes of 11 bits, each keeping the order of the one before: few enough for the places written to stay in the cache. */
const BITS = 11
const DIGITS = 1 << BITS

/** Side by side those whose first bits are the same, and where each such run ends; in a run all are as they come. */
export function dealtByFirstBits(given: NumberedItems): NumberedItems & { readonly ends: Uint32Array } {
  const dealt = roomFor(given)
  return { ...dealt, ends: pass(given, dealt, 32 - BITS) }
}

/** Sorts by number; equal ones stay as they come. What is given is overwritten. */
export function radixSorted(given: NumberedItems): NumberedItems {
  const { length } = given.numbers
  if (isSorted(given.numbers)) return given
  let bits = 0
  for (let i = 0; i < length; i++) bits |= given.numbers[i] as number
  let from = given
  let into = roomFor(given)
  for (let shift = 0; shift < 32 && bits >>> shift > 0; shift += BITS) {
    pass(from, into, shift)
    ;[from, into] = [into, from]
  }
  return from
}

function isSorted(numbers: Uint32Array): boolean {
  for (let i = 1; i < numbers.length; i++) if ((numbers[i - 1] as number) > (numbers[i] as number)) return false
  return true
}

function roomFor({ numbers: { length } }: NumberedItems): NumberedItems {
  return { numbers: new Uint32Array(length), items: new Uint32Array(length) }
}

/** Sorts by some bits of the numbers; returns where those with the same bits end. */
function pass(from: NumberedItems, into: NumberedItems, shift: number): Uint32Array {
  const next = firstPlaces(from.numbers, shift)
  for (let i = 0; i < from.numbers.length; i++) {
    const number = from.numbers[i] as number
    const digit = (number >>> shift) & (DIGITS - 1)
    const at = next[digit] as number
    next[digit] = at + 1
    into.numbers[at] = number
    into.items[at] = from.items[i] as number
  }
  return next
}

/** Where the numbers of each digit begin. */
function firstPlaces(numbers: Uint32Array, shift: number): Uint32Array {
  const counts = new Uint32Array(DIGITS)
  for (let i = 0; i < numbers.length; i++) {
    const digit = ((numbers[i] as number) >>> shift) & (DIGITS - 1)
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
