import type { Simulator } from './bundle.ts'
import { Sites, type VisitedSites } from './world/sites.ts'

/** Seeds that are run one after the other. */
export interface SeedRange {
  readonly from: number
  readonly seeds: number
  /** No seed is begun from here on, milliseconds since the epoch; absent: there is time for all. */
  readonly untilMs?: number | undefined
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
  /** Not begun, as the time was up: what comes of these is not known. */
  readonly left: readonly SeedRange[]
  /** The first that was found: no seed is run after it. */
  readonly found?: Found
}

export interface TallyOptions {
  /** Hears of each call and each change. */
  readonly tell?: ((line: string) => void) | undefined
  /** Milliseconds since the epoch. */
  readonly now?: () => number
}

/** Runs seeds until one finds a violation, or the time is up. */
export async function tallyOf(
  { simulate }: Pick<Simulator, 'simulate'>,
  { from, seeds, untilMs = Number.POSITIVE_INFINITY }: SeedRange,
  { tell, now = Date.now }: TallyOptions = {},
): Promise<Tally> {
  const cpu = process.cpuUsage()
  const sum = new Sum()
  const end = from + seeds
  for (let seed = from; seed < end && sum.found === undefined; seed++) {
    if (now() >= untilMs) {
      sum.left.push({ from: seed, seeds: end - seed })
      break
    }
    const { batches, faults, sites, violations } = await simulate(seed, tell)
    const [violation] = violations
    sum.add({ seeds: 1, batches, faults: Object.fromEntries(faults), sites, coreSeconds: 0, left: [] })
    if (violation !== undefined) sum.found = { seed, ...violation }
  }
  const { user, system } = process.cpuUsage(cpu)
  return { ...sum.tally, coreSeconds: (user + system) / 1e6 }
}

/** Adds up tallies. */
export class Sum {
  found: Found | undefined
  readonly sites = new Sites()
  readonly left: SeedRange[] = []
  readonly #faults: Record<string, number> = {}
  #seeds = 0
  #batches = 0
  #coreSeconds = 0

  add({ seeds, batches, faults, sites, coreSeconds, left, found }: Tally): void {
    this.#seeds += seeds
    this.#batches += batches
    this.#coreSeconds += coreSeconds
    this.sites.add(sites)
    this.left.push(...left)
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
      left: this.left,
      ...(found === undefined ? {} : { found }),
    }
  }
}
