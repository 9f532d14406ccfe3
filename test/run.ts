/**
 * Runs the tests: every `*.test.ts` and `*.e2e.ts` below the folders or files that are named, `test/` by default.
 * Ends with one line, `N passed, N failed, N skipped`; what was skipped is listed with its reason just above it.
 * A file that crashes, or ends without having run a test, counts as failed.
 */
import { existsSync, readdirSync, statSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join, resolve } from 'node:path'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'

/** Of what the test runner reports, what its versions have in common. */
interface Outcome {
  readonly name: string
  readonly skip?: string | boolean
  readonly todo?: string | boolean
  readonly details: { readonly type?: string; readonly error?: { readonly failureType?: string } }
}

function testFiles(path: string): string[] {
  if (!existsSync(path)) throw new Error(`There is no such file or folder of tests: ${path}`)
  if (statSync(path).isFile()) return [resolve(path)]
  return readdirSync(path, { withFileTypes: true }).flatMap((entry) => {
    const child = join(path, entry.name)
    if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : testFiles(child)
    return /\.(test|e2e)\.ts$/.test(entry.name) ? [resolve(child)] : []
  })
}

const wanted = process.argv.slice(2)
const files = [...new Set((wanted.length > 0 ? wanted : ['test']).flatMap(testFiles))].sort()
if (files.length === 0) throw new Error(`There are no tests under ${wanted.join(', ')}`)

let passed = 0
let failed = 0
const skipped: string[] = []
const empty: string[] = []

function reason(flag: string | boolean): string {
  return typeof flag === 'string' ? flag : 'no reason given'
}

function count(test: Outcome, ok: boolean): void {
  const waived = test.skip ?? test.todo
  if (waived !== undefined) skipped.push(`${test.name}: ${reason(waived)}`)
  else if (!ok) failed += isOwnFailure(test) ? 1 : 0
  else if (files.includes(resolve(test.name)))
    empty.push(test.name) // What the runner reports of a file without tests.
  else passed += isSuite(test) ? 0 : 1
}

function isSuite(test: Outcome): boolean {
  return test.details.type === 'suite'
}

/** A suite fails with its tests, which are counted themselves, or by its own hooks. */
function isOwnFailure(test: Outcome): boolean {
  return !isSuite(test) || test.details.error?.failureType !== 'subtestsFailed'
}

// The SDK's own switch for one warning in every test file on Node 20: that its releases of 2027 will not run there.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true'

/** Of a file: ten minutes, and for each kill that a campaign was asked for more than it takes on a busy machine. */
const timeoutMs = 600_000 + Number(process.env.SLUICE_KILLS ?? 0) * 10_000

const stream = run({ files, concurrency: availableParallelism(), timeout: timeoutMs })
stream.on('test:pass', (test: Outcome) => count(test, true))
stream.on('test:fail', (test: Outcome) => count(test, false))
const report = stream.compose(new spec())
report.on('end', () => {
  for (const line of skipped) process.stdout.write(`skipped  ${line}\n`)
  for (const file of empty) process.stdout.write(`failed   no test ran in ${file}\n`)
  process.stdout.write(`${passed} passed, ${failed + empty.length} failed, ${skipped.length} skipped\n`)
  process.exitCode = failed + empty.length > 0 ? 1 : 0
})
report.pipe(process.stdout)
