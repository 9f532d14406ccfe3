import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ExecutableCase, isExecutable, titleOf } from '../case.ts'
import { canonical, comparedElements } from '../compare.ts'
import { readCases } from '../read-cases.ts'
import { runCase } from '../run-case.ts'
import { randomProgram } from './random-program.ts'
import { runReference } from './run-reference.ts'

/** The case as the reference has it. */
function asReferred(given: ExecutableCase): ExecutableCase {
  const { timesMs, batches, slices, errorAtMs, error } = runReference(given)
  const failed = errorAtMs === undefined ? {} : { expectError: true, errorAtMs }
  return {
    ...given,
    notes: error ?? '',
    expected: slices ?? batches,
    params: { ...given.params, outputTimesMs: timesMs, ...failed },
  }
}

const recorded = readCases('test/conformance/golden.json').filter(isExecutable)

test('the reference gives what was recorded from Spark', () => {
  for (const given of recorded) {
    const { timesMs, batches, slices, errorAtMs } = runReference(given)
    const { got, want } = comparedElements(given, slices ?? batches)
    const { outputTimesMs, errorAtMs: recordedError } = given.params
    assert.deepEqual(
      { times: timesMs, error: errorAtMs, got: canonical(got) },
      { times: outputTimesMs, error: recordedError, got: canonical(want) },
      titleOf(given),
    )
  }
})

const PROGRAMS = 150

test('random programs give what the reference gives, restarted or not', async () => {
  const first = Math.floor(Math.random() * 1e9)
  for (let seed = first; seed < first + PROGRAMS; seed++) {
    const program = asReferred(randomProgram(seed))
    const { ok, got, error } = await runCase(program)
    assert.ok(ok, `randomProgram(${seed}): ${error}\ngot ${JSON.stringify(got)}\n${JSON.stringify(program)}`)
  }
})
