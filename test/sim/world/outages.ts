import type { Chance } from './chance.ts'

/** A time in which the schedule asks for nothing; when it is over, everything is due at once. */
export interface Outage {
  /** It begins when the schedule has asked so often. */
  readonly afterTicks: number
  /** How long it is: leases, shadows and marks of sessions end meanwhile. */
  readonly intervals: number
  /** In one of so many of them data comes; absent: in none. */
  readonly dataEvery: number | undefined
  /** In one of so many of them an operator looks. */
  readonly looksEvery: number
}

/** Of worlds, those that have any: what was missed comes to many batches. */
const SHARE = 0.1
const [SHORTEST, LONGEST] = [30, 400]
/** How much longer than the rest of the storm it is, at most: most of its batches have nothing in them, and take little. */
const TIMES = [1, 2, 4, 8]
/** So many intervals' data, all told, and no more: a first batch that takes all of it must be one that can be computed. */
const FED_INTERVALS = [2, 10, 40]

/** In few worlds, one or two, in their order. */
export function drawOutages(ticks: number, chance: Chance): readonly Outage[] {
  if (!chance.chance(SHARE)) return []
  const starts = Array.from({ length: chance.pick([1, 1, 2]) }, () => chance.nextInt(ticks)).sort((a, b) => a - b)
  return starts.map((afterTicks) => {
    const intervals = chance.between(SHORTEST, Math.max(SHORTEST, Math.min(LONGEST, ticks * chance.pick(TIMES))))
    const dataEvery = chance.chance(0.4) ? undefined : Math.ceil(intervals / chance.pick(FED_INTERVALS))
    return { afterTicks, intervals, dataEvery, looksEvery: chance.between(10, 100) }
  })
}
