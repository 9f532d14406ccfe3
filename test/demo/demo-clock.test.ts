import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DemoClock } from '../../functions/demo/demo-clock.ts'
import { tempDirectory } from '../contracts/temp-directory.ts'

const LONG_AGO_MS = Date.UTC(2020, 0, 1)
const HOUR_MS = 3_600_000

test('the time of the demonstration goes on where it stood, and never back', async (t) => {
  const directory = tempDirectory(t)
  const first = new DemoClock({ directory, startMs: LONG_AGO_MS })
  const began = first.now()
  assert.ok(began >= LONG_AGO_MS && began < LONG_AGO_MS + HOUR_MS)
  await first.sleep(20)
  const before = first.now()
  assert.ok(before > began)
  // No stop: it may have been killed.
  const second = new DemoClock({ directory, startMs: Date.now() })
  assert.ok(second.now() >= before && second.now() < before + HOUR_MS)
  first.stop()
  second.stop()
})
