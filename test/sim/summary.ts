import type { SeedRange, Sum } from './tally.ts'

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
    batchesPerCoreSecond: batches === 0 ? 0 : Math.round(batches / coreSeconds),
    ...(found === undefined ? {} : { rule: found.rule }),
  }
}

/** Which seeds were not run, of all that were asked for. */
export function leftText(left: readonly SeedRange[], { seeds }: SeedRange): string {
  const count = left.reduce((sum, range) => sum + range.seeds, 0)
  const texts = joined(left).map(({ from, seeds }) => (seeds === 1 ? `${from}` : `${from}-${from + seeds - 1}`))
  return `the time was up before ${count} of ${seeds} seeds were begun: ${texts.join(', ')}`
}

/** In order, and as few as there can be: each process leaves the rest of what it was given. */
function joined(ranges: readonly SeedRange[]): readonly SeedRange[] {
  const all: SeedRange[] = []
  for (const { from, seeds } of [...ranges].sort((a, b) => a.from - b.from)) {
    const last = all.at(-1)
    if (last !== undefined && last.from + last.seeds === from)
      all.splice(-1, 1, { from: last.from, seeds: last.seeds + seeds })
    else all.push({ from, seeds })
  }
  return all
}

/** Whether a process has died at each site, which seeds that were not run might have seen to: so a run that was cut off passes. */
export function sitesVerdict({ left, sites }: Pick<Sum, 'left' | 'sites'>): {
  readonly passed: boolean
  readonly text?: string
} {
  if (left.length > 0) return { passed: true, text: 'crash sites are not judged: not all seeds were run' }
  const { missed } = sites
  return missed.length === 0 ? { passed: true } : { passed: false, text: `no process died here: ${missed.join(', ')}` }
}
