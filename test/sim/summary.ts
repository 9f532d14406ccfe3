import type { Sum } from './tally.ts'

/** What a run of many seeds ends with. */
export interface Summary {
  readonly seeds: number
  readonly batches: number
  readonly faults: Readonly<Record<string, number>>
  /** Where processes died, of all places where they did input and output, before and after. */
  readonly crashSites: { readonly covered: number; readonly total: number; readonly missed: readonly string[] }
  readonly violations: number
  readonly seconds: number
  /** Batches in a second of one core. */
  readonly batchesPerCoreSecond: number
  /** The first that was violated. */
  readonly rule?: string
}

export function summaryOf(sum: Sum, seconds: number): Summary {
  const { seeds, batches, faults, coreSeconds, found } = sum.tally
  const { missed } = sum.sites
  const total = sum.sites.all.length
  return {
    seeds,
    batches,
    faults,
    crashSites: { covered: total - missed.length, total, missed },
    violations: found === undefined ? 0 : 1,
    seconds,
    batchesPerCoreSecond: Math.round(batches / coreSeconds),
    ...(found === undefined ? {} : { rule: found.rule }),
  }
}
