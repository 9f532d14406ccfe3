import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { tempDirectory } from '../contracts/temp-directory.ts'
import { type BundledCommand, bundleCommand } from '../kill/bundled-command.ts'

const FILES = ['row row row your boat', 'gently down the stream', 'row your boat']
const TOTALS = { boat: 2, down: 1, gently: 1, row: 4, stream: 1, the: 1, your: 2 }
/** A batch's function begins, writes two partitions in four steps each, and ends. */
const STEPS_OF_A_BATCH = 10
const skip = await import('node:sqlite').then(
  () => false,
  () => 'node:sqlite comes with Node 22.5',
)

test('a database holds each count once, in whatever step of foreachRDD the process is killed', { skip }, async (t) => {
  const directory = tempDirectory(t)
  const bundle = await bundleCommand(directory, 'test/outputs/counts-application.ts')
  const input = join(directory, 'in')
  mkdirSync(input)
  for (const [i, text] of FILES.entries()) writeFileSync(join(input, `${i}.txt`), text)
  const { SqliteCountsTable } = await import('./sqlite-counts-table.ts')
  // Even steps of the first batch, odd ones of the second: each step once.
  for (let dieAt = 0; dieAt < 2 * STEPS_OF_A_BATCH; dieAt += dieAt === STEPS_OF_A_BATCH - 2 ? 3 : 2) {
    const life = { bundle, input, place: join(directory, `${dieAt}`) }
    mkdirSync(life.place)
    assert.deepEqual(await run(t, life, dieAt), [null, 'SIGKILL'], `step ${dieAt}`)
    assert.deepEqual(await run(t, life), [0, null], `after step ${dieAt}`)
    assert.deepEqual(new SqliteCountsTable(join(life.place, 'counts.db')).totals(), TOTALS, `killed at step ${dieAt}`)
  }
})

interface Life {
  readonly bundle: BundledCommand
  readonly input: string
  readonly place: string
}

/** Exit code and signal. */
async function run(t: TestContext, { bundle, input, place }: Life, dieAt?: number): Promise<unknown[]> {
  const at = dieAt === undefined ? {} : { COUNTS_DIE_AT: `${dieAt}` }
  const env = { ...process.env, COUNTS_IN: input, COUNTS_DATABASE: join(place, 'counts.db'), ...at }
  const args = ['run', bundle.application, '--checkpoint', join(place, 'checkpoint'), '--start', '0', '--until-idle']
  const child = spawn(process.execPath, [bundle.command, ...args], { env, stdio: 'ignore' })
  t.after(() => child.kill('SIGKILL'))
  return once(child, 'close')
}
