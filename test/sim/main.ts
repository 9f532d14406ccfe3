import { parseArgs } from 'node:util'
import { loadSimulator } from './bundle.ts'
import type { Mutation } from './mutations/mutation.ts'
import { MUTATIONS } from './mutations/mutations.ts'
import { runSeeds } from './run-seeds.ts'

const HELP = `npm run sim -- [--seeds N] [--from SEED] [--without RULE | --mutations] [--json] [--trace] [--list-rules]

Runs the simulator, one seed after the other, until a rule is violated.
  --seeds N       how many; 100 by default
  --from SEED     the first; 1 by default
  --without RULE  with one safety rule taken out of the product: a violation must be found
  --mutations     the same for each rule, up to N seeds each: prints how many it took
  --json          the last line as JSON, and nothing else on stdout
  --trace         also prints each call and each change
  --list-rules    prints one rule a line, its name first

Example: npm run sim -- --seeds 1000 --from 5000`

const OPTIONS = {
  seeds: { type: 'string', default: '100' },
  from: { type: 'string', default: '1' },
  without: { type: 'string' },
  mutations: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  trace: { type: 'boolean', default: false },
  'list-rules': { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const

class UsageError extends Error {}

async function main(args: readonly string[]): Promise<number> {
  const { values } = parsed(args)
  if (values.help) return print(HELP)
  if (values['list-rules']) return print(MUTATIONS.map(({ rule, without }) => `${rule}  ${without}`).join('\n'))
  const range = { seeds: wholeNumber('seeds', values.seeds), from: wholeNumber('from', values.from) }
  if (values.mutations) return findAll(range)
  const without = values.without === undefined ? undefined : mutationOf(values.without)
  const simulator = await loadSimulator(without?.edits, values.trace)
  const say = values.json ? console.error : console.log
  const summary = await runSeeds(simulator, { ...range, say, trace: values.trace, without: without?.rule })
  console.log(JSON.stringify(summary))
  return summary.violations === 0 ? 0 : 1
}

/** Whether each rule's absence is noticed. */
async function findAll(range: { readonly seeds: number; readonly from: number }): Promise<number> {
  let unnoticed = 0
  for (const { rule, edits } of MUTATIONS) {
    const found = await runSeeds(await loadSimulator(edits), { ...range, say: () => {}, without: rule })
    if (found.violations === 0) unnoticed++
    console.log(JSON.stringify({ rule, noticed: found.violations > 0, seeds: found.seeds, by: found.rule ?? null }))
  }
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

function wholeNumber(option: string, text: string): number {
  if (/^\d+$/.test(text)) return Number(text)
  throw new UsageError(`--${option} takes a whole number: ${text}`)
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
