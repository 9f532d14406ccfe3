import { type BundleOptions, loadSimulator, withBundle } from './bundle.ts'
import type { Crew } from './crew.ts'
import { type SeedRange, Sum, type TallyOptions, tallyOf } from './tally.ts'

/** Seeds that a process is given at a time. */
const CHUNK = 50

/** Runs seeds in this process until one finds a violation, or the time is up. */
export async function runSeeds(
  range: SeedRange,
  { tell, ...options }: BundleOptions & Pick<TallyOptions, 'tell'> = {},
): Promise<Sum> {
  const sum = new Sum()
  sum.add(await tallyOf(await loadSimulator(options), range, { tell }))
  return sum
}

/** The same with the processes of a crew: chunk by chunk, and those before the one that finds a violation to their ends. */
export function shareSeeds(crew: Crew, { from, seeds, untilMs }: SeedRange, options: BundleOptions): Promise<Sum> {
  return withBundle(options, async (file) => {
    const sum = new Sum()
    let next = from
    const work = async (): Promise<void> => {
      while (next < from + seeds && sum.found === undefined) {
        const chunk = { file, from: next, seeds: Math.min(CHUNK, from + seeds - next), untilMs }
        next += chunk.seeds
        sum.add(await crew.run(chunk))
      }
    }
    await Promise.all(Array.from({ length: crew.size }, work))
    return sum
  })
}
