import { test } from 'node:test'
import { Random } from '../../src/util/random.ts'
import { tempDirectory } from '../contracts/temp-directory.ts'
import { checkFigures } from './check-figures.ts'
import { readCommitted } from './committed.ts'
import { CLOCK_RATE, endsWell, startDemo } from './running-demo.ts'

test('a demonstration that is killed again and again loses no flight and doubles none', async (t) => {
  const seed = Date.now() % 1_000_000
  t.diagnostic(`seed ${seed}`)
  const random = new Random(seed)
  const setting = { directory: tempDirectory(t), clockRate: CLOCK_RATE, mostFlights: 5_000 }
  let killed = 0
  for (let round = 0; round < 5; round++) killed += await killSoon(setting, random.next() * 500)
  t.diagnostic(`${killed} killed before their end`)
  await endsWell(startDemo(setting))
  checkFigures(await readCommitted(setting.directory), setting.mostFlights)
})

async function killSoon(setting: Parameters<typeof startDemo>[0], afterMs: number): Promise<number> {
  const demo = startDemo(setting)
  await demo.shows(/real flights/)
  // Somewhere from before the first call of a new demonstration to the middle of its batches.
  await Promise.race([demo.ended, new Promise((resolve) => setTimeout(resolve, 200 + afterMs))])
  demo.kill('SIGKILL')
  return (await demo.ended).signal === 'SIGKILL' ? 1 : 0
}
