import type { Key, Pair } from './app-spec.ts'
import type { KeptAs } from './kept-state.ts'

/** What the functions of simulated applications compute, for the application and for the oracle alike. */

/** Keeps numbers small, so that no sum loses digits. */
export function mix(value: number): number {
  return value % 9_973
}

/** What `mapWithState` puts out for a key that times out. */
export const TIMED_OUT = -1

/** The state is changed in place on purpose: that must count exactly if it is returned and committed. */
export function advanceState(
  values: readonly number[],
  state: { sum: number } | undefined,
  modulus: number,
): { sum: number } | undefined {
  const next = state ?? { sum: 0 }
  for (const value of values) next.sum = mix(next.sum + value)
  return values.length > 0 && next.sum % modulus === 0 ? undefined : next
}

/** Whether a function of `mapWithState` leaves the state as it is: a key that it finds is not idle all the same. */
export function isOnlyLookedAt(value: number | undefined, kept: KeptAs): boolean {
  return kept !== 'number' && value !== undefined && value % 4 === 0
}

/** How many values a key has had, what the attempt drew that saw the last of them, and what the one before had drawn. */
export type Link = readonly [count: number, drawn: number, before: number]

export function chained(values: readonly number[], link: Link | undefined, nonce: number): Link | undefined {
  const [count, drawn] = link ?? [0, 0, 0]
  return values.length === 0 ? link : [count + values.length, nonce, drawn]
}

/** Whether functions throw at a record, as long as they have learnt to take only so many kinds of bad ones. */
export function isBad([, value]: Pair, mends: number): boolean {
  return value % 13 === 0 && (mends === 0 || (mends === 1 && value % 2 !== 0))
}

/** What is written for a key: nothing for some, which deletes it. */
export function keyedValue(sum: number): number | undefined {
  return sum % 3 === 0 ? undefined : sum
}

/** A line of an input file, `a 7` or `12 7`. */
export function parseLine(line: string): [Key, number] {
  const [key = '', value = ''] = line.split(' ')
  return [/^\d+$/.test(key) ? Number(key) : key, Number(value)]
}

/** What a later version makes of a number that an earlier one stored; `undefined`: it has no use for it. */
export function migrated(stored: number, from: number, to: number): number | undefined {
  let sum: number | undefined = stored
  for (let version = from; version < to && sum !== undefined; version++)
    sum = sum % 5 === 0 ? undefined : mix(3 * sum + version)
  return sum
}
