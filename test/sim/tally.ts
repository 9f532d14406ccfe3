import type { Simulator } from './bundle.ts'
import { Sites, type VisitedSites } from './world/sites.ts'

/** Seeds that are run one after the other. */
export interface SeedRange {
  readonly from: number
  readonly seeds: number
}

/** A rule that did not hold. */
export interface Found {
  readonly seed: number
  readonly rule: string
  readonly message: string
  readonly atMs: number
}

/** What seeds came to; told from one process to another. */
export interface Tally {
  /** Run, the last one included. */
  readonly seeds: number
  readonly batches: number
  readonly faults: Readonly<Record<string, number>>
  readonly sites: VisitedSites
  /** Of one core. */
  readonly coreSeconds: number
  /** The first that was found: no seed is run after it. */
  readonly found?: Found
}

/** Runs seeds until one finds a violation; `tell` hears of each call and each change. */
export async function tallyOf(
  { simulate }: Simulator,
  { from, seeds }: SeedRange,
  tell?: (line: string) => void,
): Promise<Tally> {
  const cpu = process.cpuUsage()
  const sum = new Sum()
  for (let seed = from; seed < from + seeds && sum.found === undefined; seed++) {
    const { batches, faults, sites, violations } = await simulate(seed, tell)
    const [violation] = violations
    sum.add({ seeds: 1, batches, faults: Object.fromEntries(faults), sites, coreSeconds: 0 })
    if (violation !== undefined) sum.found = { seed, ...violation }
  }
  const { user, system } = process.cpuUsage(cpu)
  return { ...sum.tally, coreSeconds: (user + system) / 1e6 }
}

/** Adds up tallies. */
export class Sum {
  found: Found | undefined
  readonly sites = new Sites()
  readonly #faults: Record<string, number> = {}
  #seeds = 0
  #batches = 0
  #coreSeconds = 0

  add({ seeds, batches, faults, sites, coreSeconds, found }: Tally): void {
    this.#seeds += seeds
    this.#batches += batches
    this.#coreSeconds += coreSeconds
    this.sites.add(sites)
    for (const [kind, count] of Object.entries(faults)) this.#faults[kind] = (this.#faults[kind] ?? 0) + count
    // Processes are not done in the order of their seeds; what is told must not depend on that.
    if (found !== undefined && found.seed < (this.found?.seed ?? Number.POSITIVE_INFINITY)) this.found = found
  }

  get tally(): Tally {
    const { found } = this
    return {
      seeds: this.#seeds,
      batches: this.#batches,
      faults: this.#faults,
      sites: this.sites.visited,
      coreSeconds: this.#coreSeconds,
      ...(found === undefined ? {} : { found }),
    }
  }
}
