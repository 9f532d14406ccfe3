import assert from 'node:assert/strict'
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Random } from '../../src/util/random.ts'
import { tempDirectory } from '../contracts/temp-directory.ts'

const KILLS = 4
/** Each process has numbers of its own: nothing is sent twice. */
const NUMBERS_EACH = 1_000_000
const PROCESS = fileURLToPath(new URL('receiving-process.ts', import.meta.url))

test('blocks that were acknowledged before a kill are read by exactly one batch, in this process or the next', async (t) => {
  const seed = Number(process.env.SLUICE_TEST_SEED ?? Date.now() % 1_000_000)
  const random = new Random(seed)
  const place = tempDirectory(t)
  const acknowledged = new Set<number>()
  const start = (round: number): ChildProcess => {
    const child = fork(PROCESS, [place, String(round * NUMBERS_EACH)], { execArgv: ['--import', 'tsx'] })
    t.after(() => child.kill('SIGKILL'))
    child.on('message', (number) => acknowledged.add(Number(number)))
    return child
  }
  for (let round = 0; round < KILLS; round++) {
    const child = start(round)
    await once(child, 'message')
    await sleep(random.nextInt(200))
    child.kill('SIGKILL')
    await once(child, 'close')
  }
  const before = [...acknowledged]
  const last = start(KILLS)
  const lost = () => {
    const read = new Set(numbersIn(place))
    return before.filter((number) => !read.has(number))
  }
  while (last.exitCode === null && lost().length > 0) await sleep(50)
  last.kill('SIGKILL')
  await once(last, 'close')
  const read = numbersIn(place)
  const where = `seed ${seed}`
  assert.deepEqual(lost(), [], `${where}: lost`)
  assert.equal(new Set(read).size, read.length, `${where}: read twice`)
  assert.ok(before.length > KILLS, `${where}: ${before.length} acknowledged`)
})

/** What batches that are published have written. */
function numbersIn(place: string): number[] {
  const out = join(place, 'out')
  if (!existsSync(out)) return []
  return readdirSync(out)
    .map((name) => join(out, name))
    .filter((directory) => existsSync(join(directory, '_SUCCESS')))
    .flatMap((directory) => readdirSync(directory).map((name) => join(directory, name)))
    .flatMap((file) => readFileSync(file, 'utf8').split('\n'))
    .filter((line) => line !== '')
    .map(Number)
}
