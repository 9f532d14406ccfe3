import { parseArgs } from 'node:util'
import { withBundle } from './bundle.ts'
import { Crew } from './crew.ts'
import type { Mutation } from './mutations/mutation.ts'
import { MUTATIONS } from './mutations/mutations.ts'
import { runSeeds, shareSeeds } from './run-seeds.ts'
import { leftText, sitesVerdict, summaryOf } from './summary.ts'
import type { Found, SeedRange } from './tally.ts'

const HELP = `npm run sim -- [--seeds N] [--from SEED] [--without RULE | --mutations] [--minutes M] [--cores N] [--all-sites] [--json] [--trace] [--list-rules]

Runs the simulator, seed after seed, until a rule is violated.
  --seeds N       how many; 100 by default
  --from SEED     the first; 1 by default
  --without RULE  with one safety rule taken out of the product: a violation must be found
  --mutations     the same for each rule, up to N seeds each: prints how many it took
  --minutes M     no seed is begun after so many; what was not run is told, and then crash sites are not judged
  --all-sites     some process must have died before and after every call of input or output that there is
  --cores N       processes that share the seeds; one for each core by default
  --json          the last line as JSON, and nothing else on stdout
  --trace         also prints each call and each change
  --list-rules    prints one rule a line, its name first

Example: npm run sim -- --seeds 1000 --from 5000`

const OPTIONS = {
  seeds: { type: 'string', default: '100' },
  from: { type: 'string', default: '1' },
  without: { type: 'string' },
  mutations: { type: 'boolean', default: false },
  minutes: { type: 'string' },
  'all-sites': { type: 'boolean', default: false },
  cores: { type: 'string' },
  json: { type: 'boolean', default: false },
  trace: { type: 'boolean', default: false },
  'list-rules': { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const

/** More than there are anywhere, so that a slip does not start a million processes. */
const MOST_CORES = 1_024

class UsageError extends Error {}

async function main(args: readonly string[]): Promise<number> {
  const { values } = parsed(args)
  if (values.help) return print(HELP)
  if (values['list-rules']) return print(MUTATIONS.map(({ rule, without }) => `${rule}  ${without}`).join('\n'))
  const seeds = rangeOf(values)
  const cores =
    values.cores === undefined ? undefined : wholeNumber('cores', values.cores, { least: 1, most: MOST_CORES })
  const startMs = Date.now()
  const untilMs = untilMsOf(values, startMs)
  if (values.mutations) return withCrew(cores, (crew) => findAll(crew, seeds))
  const without = values.without === undefined ? undefined : mutationOf(values.without)
  const say = values.json ? console.error : console.log
  const options = { edits: without?.edits, sourceMap: values.trace }
  const sum = values.trace
    ? await runSeeds({ ...seeds, untilMs }, { ...options, tell: say })
    : await withCrew(cores, (crew) => shareSeeds(crew, { ...seeds, untilMs }, options))
  if (sum.found !== undefined) tellFound(sum.found, without?.rule, say)
  if (sum.left.length > 0) say(leftText(sum.left, seeds))
  const sites = values['all-sites'] ? sitesVerdict(sum) : { passed: true }
  if (sites.text !== undefined) say(sites.text)
  console.log(JSON.stringify(summaryOf(sum, (Date.now() - startMs) / 1_000)))
  return sites.passed && sum.found === undefined ? 0 : 1
}

async function withCrew<T>(cores: number | undefined, work: (crew: Crew) => Promise<T>): Promise<T> {
  const crew = new Crew(cores)
  try {
    return await work(crew)
  } finally {
    crew.dismiss()
  }
}

function tellFound(
  { seed, rule, message, atMs }: Found,
  without: string | undefined,
  say: (line: string) => void,
): void {
  say(`seed ${seed}, at ${atMs} ms: ${rule}: ${message}`)
  say(
    `repeat it: npm run sim -- --seeds 1 --from ${seed} --trace${without === undefined ? '' : ` --without ${without}`}`,
  )
}

/** Whether each rule's absence is noticed: a rule a core at a time. */
async function findAll(crew: Crew, range: SeedRange): Promise<number> {
  const left = [...MUTATIONS]
  let unnoticed = 0
  const work = async (): Promise<void> => {
    for (let mutation = left.shift(); mutation !== undefined; mutation = left.shift()) {
      const { rule, edits } = mutation
      const { seeds, found } = await withBundle({ edits }, (file) => crew.run({ file, ...range }))
      if (found === undefined) unnoticed++
      console.log(JSON.stringify({ rule, noticed: found !== undefined, seeds, by: found?.rule ?? null }))
    }
  }
  await Promise.all(Array.from({ length: crew.size }, work))
  return unnoticed === 0 ? 0 : 1
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS })
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

function mutationOf(rule: string): Mutation {
  const found = MUTATIONS.find((mutation) => mutation.rule === rule)
  if (found === undefined) throw new UsageError(`There is no such rule; --list-rules prints them: ${rule}`)
  return found
}

/** Seeds are counted, and past this a number is not followed by the next: no seed would be the last. */
function rangeOf({ seeds, from }: ReturnType<typeof parsed>['values']): SeedRange {
  const count = wholeNumber('seeds', seeds, { least: 1 })
  return { seeds: count, from: wholeNumber('from', from, { most: Number.MAX_SAFE_INTEGER - count }) }
}

/** When the time is up, if it ever is. */
function untilMsOf({ minutes, mutations }: ReturnType<typeof parsed>['values'], startMs: number): number | undefined {
  if (minutes === undefined) return undefined
  if (mutations)
    throw new UsageError('A rule that is not noticed in time may still be needed: leave out --minutes or --mutations')
  return startMs + wholeNumber('minutes', minutes) * 60_000
}

function wholeNumber(option: string, text: string, { least = 0, most = Number.MAX_SAFE_INTEGER } = {}): number {
  const number = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (number >= least && number <= most) return number
  throw new UsageError(`--${option} takes a whole number from ${least} to ${most}: ${text}`)
}

function print(text: string): number {
  console.log(text)
  return 0
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  if (!(error instanceof UsageError)) throw error
  console.error(error.message)
  process.exitCode = 2
}
