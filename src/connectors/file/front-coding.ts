import { SluiceError } from '../../util/errors.ts'

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

/** The names again; what `frontCode` cannot have made is refused with code `plan-unreadable` (kind `data`). */
export function* frontDecode(packed: unknown): Generator<string> {
  if (!Array.isArray(packed) || packed.length % 2 !== 0) throw unreadable(packed)
  let previous = ''
  for (let i = 0; i < packed.length; i += 2) {
    const [shared, rest]: unknown[] = [packed[i], packed[i + 1]]
    if (!isLengthWithin(shared, previous) || typeof rest !== 'string') throw unreadable([shared, rest])
    previous = previous.slice(0, shared) + rest
    yield previous
  }
}

function isLengthWithin(shared: unknown, text: string): shared is number {
  return Number.isInteger(shared) && Number(shared) >= 0 && Number(shared) <= text.length
}

function unreadable(what: unknown): SluiceError {
  return new SluiceError({
    code: 'plan-unreadable',
    kind: 'data',
    message: `The checkpoint's list of files to leave out cannot be understood; was it made by another version? ${JSON.stringify(what)}`,
  })
}
