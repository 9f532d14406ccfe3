import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { type Case, isExecutable, titleOf } from './case.ts'
import { readCases } from './read-cases.ts'
import { runCase } from './run-case.ts'
import { named, placeOf } from './stated-elsewhere.ts'

const cases = ['cases.json', 'golden.json'].flatMap((name) => readCases(`test/conformance/${name}`))

for (const given of cases) {
  if (!isExecutable(given)) continue
  test(`runs as recorded: ${titleOf(given)}`, async () => {
    const { ok, error, got } = await runCase(given)
    assert.ok(ok, `${error}${got === undefined ? '' : `\ngot ${JSON.stringify(got)}`}`)
  })
}

const facts = cases.filter((given) => !isExecutable(given))

test('each case without a pipeline is stated by a test, or has a reason why not', () => {
  const forgotten = facts.filter((given) => placeOf(given) === undefined)
  assert.deepEqual(forgotten.map(titleOf), [])
})

test('a test that is said to state a case cites it', () => {
  const silent = facts.filter((given) => {
    const place = placeOf(given)
    return place?.kind === 'stated' && !place.files.some((file) => cites(file, given))
  })
  assert.deepEqual(silent.map(titleOf), [])
})

test('the table of cases without a pipeline names only cases that exist', () => {
  const known = new Set(facts.flatMap((given) => [titleOf(given), given.suite]))
  assert.deepEqual(
    named.filter((name) => !known.has(name)),
    [],
  )
})

/** Titles are written out, or made of a suite and the names in the same file, or of all cases of a suite and an `op`. */
function cites(file: string, { suite, name, op }: Case): boolean {
  const text = readFileSync(file, 'utf8').replaceAll("\\'", "'")
  return (text.includes(suite) && text.includes(name)) || text.includes(`sparkCases('${suite}', '${op}')`)
}
