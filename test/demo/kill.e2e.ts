import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Setting } from '../../functions/demo/command.ts'
import { Random } from '../../src/util/random.ts'
import { tempDirectory } from '../contracts/temp-directory.ts'
import { checkFigures } from './check-figures.ts'
import { readCommitted } from './committed.ts'
import { CLOCK_RATE, endsWell, startDemo } from './running-demo.ts'

/** When a demonstration has come so far, it is killed some time later. */
const MOMENTS = [/real flights/, /stop +Ctrl-C/, /batch \d+ /, /batch \d+ /, /batch \d+ [\s\S]*batch \d+ /] as const
const LATER_MS = 300

test('a demonstration that is killed again and again loses no flight and doubles none', async (t) => {
  const seed = Date.now() % 1_000_000
  t.diagnostic(`seed ${seed}`)
  const random = new Random(seed)
  const setting = { directory: tempDirectory(t), clockRate: CLOCK_RATE, mostFlights: 5_000 }
  for (const moment of MOMENTS) await kill(setting, moment, random.next() * LATER_MS)
  const last = await endsWell(startDemo(setting, '--speed', '4'))
  const [, before] = /(\d+) batches are committed; it goes on from there/.exec(last) ?? []
  assert.ok(Number(before) >= 4, 'the kills left something to go on from')
  checkFigures(await readCommitted(setting.directory), setting.mostFlights)
})

async function kill(setting: Setting, moment: RegExp, laterMs: number): Promise<void> {
  const demo = startDemo(setting, '--speed', '0.2')
  await demo.shows(moment)
  await sleep(laterMs)
  demo.kill('SIGKILL')
  assert.equal((await demo.ended).signal, 'SIGKILL')
}
