import type { Simulator } from './bundle.ts'

export interface SeedRange {
  readonly seeds: number
  readonly from: number
  /** Hears of violations, and with `trace` of everything. */
  readonly say: (line: string) => void
  readonly trace?: boolean
  /** The rule that is taken out, for the command that repeats a violation. */
  readonly without?: string | undefined
}

/** What many seeds came to. */
export interface Summary {
  /** Run, the last one included. */
  readonly seeds: number
  readonly batches: number
  readonly faults: Readonly<Record<string, number>>
  readonly crashSites: { readonly covered: number; readonly total: number }
  readonly violations: number
  readonly seconds: number
  /** Batches in a second of one core. */
  readonly batchesPerCoreSecond: number
  /** The first that was violated. */
  readonly rule?: string
}

/** Runs seeds until one finds a violation. */
export async function runSeeds({ simulate, Sites }: Simulator, range: SeedRange): Promise<Summary> {
  const startMs = Date.now()
  const cpu = process.cpuUsage()
  const faults: Record<string, number> = {}
  const sites = new Sites()
  let [run, batches] = [0, 0]
  let rule: string | undefined
  for (let seed = range.from; seed < range.from + range.seeds && rule === undefined; seed++) {
    const result = await simulate(seed, range.trace === true ? range.say : undefined)
    run++
    batches += result.batches
    sites.merge(result.sites)
    for (const [kind, count] of result.faults) faults[kind] = (faults[kind] ?? 0) + count
    const [violation] = result.violations
    if (violation === undefined) continue
    rule = violation.rule
    range.say(`seed ${seed}, at ${violation.atMs} ms: ${rule}: ${violation.message}`)
    range.say(`repeat it: ${commandOf(seed, range)}`)
  }
  const { user, system } = process.cpuUsage(cpu)
  const covered = sites.all.length - sites.missed.length
  return {
    seeds: run,
    batches,
    faults,
    crashSites: { covered, total: sites.all.length },
    violations: rule === undefined ? 0 : 1,
    seconds: (Date.now() - startMs) / 1_000,
    batchesPerCoreSecond: Math.round((batches * 1e6) / (user + system)),
    ...(rule === undefined ? {} : { rule }),
  }
}

function commandOf(seed: number, { without }: SeedRange): string {
  return `npm run sim -- --seeds 1 --from ${seed} --trace${without === undefined ? '' : ` --without ${without}`}`
}
