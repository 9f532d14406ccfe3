/** Sorted strings, each as the number of characters that it shares with the one before it and the rest of it. */
export type FrontCoded = readonly (number | string)[]

/**
 * Packs sorted names that resemble their neighbours, as those of files in one directory do: a hundred thousand names
 * then take about a megabyte of JSON.
 */
export function frontCode(sorted: readonly string[]): FrontCoded {
  const packed: (number | string)[] = []
  let previous = ''
  for (const name of sorted) {
    let shared = 0
    while (shared < previous.length && shared < name.length && previous[shared] === name[shared]) shared++
    packed.push(shared, name.slice(shared))
    previous = name
  }
  return packed
}

export function* frontDecode(packed: FrontCoded): Generator<string> {
  let previous = ''
  for (let i = 0; i + 1 < packed.length; i += 2) {
    previous = previous.slice(0, Number(packed[i])) + String(packed[i + 1])
    yield previous
  }
}
