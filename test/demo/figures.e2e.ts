import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tempDirectory } from '../contracts/temp-directory.ts'
import { checkFigures, INTERVAL_MS, WINDOW_MS } from './check-figures.ts'
import { readCommitted } from './committed.ts'
import { CLOCK_RATE, endsWell, startDemo } from './running-demo.ts'

test('all flights are replayed, and every batch publishes what a computation over the same file comes to', async (t) => {
  const setting = { directory: tempDirectory(t), clockRate: CLOCK_RATE, mostFlights: 4_500 }
  // Slowly first, for more batches than a window has.
  await endsWell(startDemo(setting, '--speed', '0.2', '--batches', String(WINDOW_MS / INTERVAL_MS + 2)))
  const stdout = await endsWell(startDemo(setting, '--speed', '2'))
  const committed = await readCommitted(setting.directory)
  checkFigures(committed, setting.mostFlights)
  assert.ok(committed.batches.length > WINDOW_MS / INTERVAL_MS, 'flights leave the window, too')
  assert.match(stdout, new RegExp(`All data is in and processed: 4,500 flights in ${committed.batches.length} batches`))
  const again = await endsWell(startDemo(setting))
  assert.match(again, /All data is in and processed: 4,500 flights/)
  assert.deepEqual(await readCommitted(setting.directory), committed, 'a start after the end changes nothing')
})
