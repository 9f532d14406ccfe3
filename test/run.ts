/**
 * Runs the tests: every `*.test.ts` and `*.e2e.ts` below the folders or files that are named, `test/` by default.
 * Ends with one line, `N passed, N failed, N skipped`; what was skipped is listed with its reason just above it.
 */
import { readdirSync, statSync } from 'node:fs'
import { cpus } from 'node:os'
import { join, resolve } from 'node:path'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'

interface Outcome {
  readonly name: string
  readonly skip?: string | boolean
  readonly todo?: string | boolean
  readonly details: { readonly type?: string }
}

function testFiles(path: string): string[] {
  if (statSync(path).isFile()) return [resolve(path)]
  return readdirSync(path, { withFileTypes: true }).flatMap((entry) => {
    const child = join(path, entry.name)
    if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : testFiles(child)
    return /\.(test|e2e)\.ts$/.test(entry.name) ? [resolve(child)] : []
  })
}

const wanted = process.argv.slice(2)
const files = (wanted.length > 0 ? wanted : ['test']).flatMap(testFiles).sort()
if (files.length === 0) throw new Error(`no test files under ${wanted.join(', ')}`)

let passed = 0
let failed = 0
const skipped: string[] = []
const stream = run({ files, concurrency: Math.max(1, cpus().length), timeout: 600_000 })
stream.on('test:pass', (test: Outcome) => {
  if (test.details.type === 'suite') return
  if (test.skip !== undefined) skipped.push(`${test.name}: ${typeof test.skip === 'string' ? test.skip : 'no reason'}`)
  else passed++
})
stream.on('test:fail', (test: Outcome) => {
  if (test.details.type !== 'suite') failed++
})
const report = stream.compose(new spec())
report.on('end', () => {
  for (const line of skipped) process.stdout.write(`skipped  ${line}\n`)
  process.stdout.write(`${passed} passed, ${failed} failed, ${skipped.length} skipped\n`)
  process.exitCode = failed > 0 ? 1 : 0
})
report.pipe(process.stdout)
