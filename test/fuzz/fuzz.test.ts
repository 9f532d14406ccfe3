import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fuzz } from './fuzz.ts'
import { targets } from './targets.ts'

/** Of each decoder; `main.ts` runs as many as it is told. */
const CASES = Number(process.env.SLUICE_FUZZ_CASES ?? 150)

for (const target of targets) {
  test(`${target.name}: bytes that were not written so are refused or read as what they say`, async () => {
    const seed = Number(process.env.SLUICE_TEST_SEED ?? Date.now() % 1_000_000)
    const { findings, refused, read } = await fuzz(target, { seed, cases: CASES })
    assert.deepEqual(findings, [], `SLUICE_TEST_SEED=${seed} repeats the same inputs`)
    assert.ok((target.total || refused > 0) && refused + read === CASES, `${refused} refused, ${read} read`)
  })
}
