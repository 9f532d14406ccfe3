/**
 * Runs cases: `npm run conformance -- FILE… [--json] [--only NAME]`. Each line of `--json` is
 * `{suite, name, ok, got?, error?}`.
 */
import { parseArgs } from 'node:util'
import { type Case, isExecutable, titleOf } from './case.ts'
import { MalformedCases, readCases } from './read-cases.ts'
import { type CaseResult, runCase } from './run-case.ts'
import { whyNotRun } from './stated-elsewhere.ts'

const HELP = `Usage: npm run conformance -- FILE… [--json] [--only NAME]

FILE         a JSON array of cases; those with a pipeline are run
--json       lines of JSON on stdout; text for people goes to stderr
--only NAME  the cases of this name, of this suite, or with this title ("Suite: name")

Example:
  npm run conformance -- test/conformance/cases.json --only WindowOperationsSuite
`

process.exitCode = await main(process.argv.slice(2))

async function main(argv: readonly string[]): Promise<number> {
  try {
    const { files, json, only, help } = read(argv)
    if (help) {
      process.stdout.write(HELP)
      return 0
    }
    const cases = files.flatMap(readCases).filter((given) => isWanted(given, only))
    if (cases.length === 0) throw new WrongUsage(`no case has this name: ${only}`)
    return await runAll(cases, json)
  } catch (error) {
    if (!(error instanceof WrongUsage || error instanceof MalformedCases)) throw error
    process.stderr.write(`${error.message}\n`)
    return 2
  }
}

class WrongUsage extends Error {}

function read(argv: readonly string[]) {
  const options = { json: { type: 'boolean' }, only: { type: 'string' }, help: { type: 'boolean' } } as const
  const { values, positionals } = parsed(() => parseArgs({ args: [...argv], options, allowPositionals: true }))
  const { json = false, only, help = false } = values
  if (positionals.length === 0 && !help) {
    throw new WrongUsage('Give a file of cases, as in: npm run conformance -- test/conformance/cases.json')
  }
  return { files: positionals, json, only, help }
}

function parsed<T>(parse: () => T): T {
  try {
    return parse()
  } catch (error) {
    throw new WrongUsage(`${error instanceof Error ? error.message : error} (npm run conformance -- --help shows how)`)
  }
}

function isWanted(given: Case, only: string | undefined): boolean {
  return only === undefined || [given.name, given.suite, titleOf(given)].includes(only)
}

async function runAll(cases: readonly Case[], json: boolean): Promise<number> {
  const counts = { passed: 0, failed: 0, skipped: 0 }
  const people = json ? process.stderr : process.stdout
  for (const given of cases) {
    if (!isExecutable(given)) {
      counts.skipped++
      people.write(`skipped  ${titleOf(given)}: ${whyNotRun(given)}\n`)
      continue
    }
    const result = await runCase(given)
    counts[result.ok ? 'passed' : 'failed']++
    if (json) process.stdout.write(`${JSON.stringify(result)}\n`)
    if (!result.ok) people.write(failureText(result))
  }
  people.write(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`)
  return counts.failed === 0 ? 0 : 1
}

function failureText({ suite, name, got, error }: CaseResult): string {
  const seen = got === undefined ? '' : `\n         got ${JSON.stringify(got)}`
  return `failed   ${suite}: ${name}: ${error}${seen}\n`
}
