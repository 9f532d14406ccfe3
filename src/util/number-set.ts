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

/** The set with more numbers in it, which it does not hold yet. */
export function withNumbers(set: NumberSet, more: readonly number[]): NumberSet {
  const ranges: [number, number][] = more.map((number) => [number, number + 1])
  for (let i = 0; i < set.length; i += 2) ranges.push([set[i] as number, set[i + 1] as number])
  ranges.sort(([a], [b]) => a - b)
  const bounds: number[] = []
  for (const [start, end] of ranges) {
    if (bounds.at(-1) === start) bounds[bounds.length - 1] = end
    else bounds.push(start, end)
  }
  return bounds
}
