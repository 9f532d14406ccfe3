/** Whole numbers as half-open ranges, one bound after the other: `[0, 3, 5, 6]` holds 0, 1, 2 and 5. Ascending. */
export type NumberSet = readonly number[]

export function holds(set: NumberSet, number: number): boolean {
  let low = 0
  let high = set.length
  // How many bounds are not above the number: an odd count is inside of a range.
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((set[middle] as number) <= number) low = middle + 1
    else high = middle
  }
  return low % 2 === 1
}

/** The set with more numbers in it. */
export function withNumbers(set: NumberSet, more: readonly number[]): NumberSet {
  return ofRanges([...rangesOf(set), ...more.map((number): Range => [number, number + 1])])
}

/** What either holds. */
export function united(one: NumberSet, other: NumberSet): NumberSet {
  return ofRanges([...rangesOf(one), ...rangesOf(other)])
}

type Range = readonly [from: number, until: number]

function* rangesOf(set: NumberSet): Generator<Range> {
  for (let i = 0; i < set.length; i += 2) yield [set[i] as number, set[i + 1] as number]
}

function ofRanges(ranges: readonly Range[]): NumberSet {
  const bounds: number[] = []
  for (const [from, until] of ranges.toSorted(([a], [b]) => a - b)) {
    const last = bounds.at(-1)
    if (last === undefined || last < from) bounds.push(from, until)
    else bounds[bounds.length - 1] = Math.max(last, until)
  }
  return bounds
}
