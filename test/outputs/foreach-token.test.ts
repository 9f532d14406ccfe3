import assert from 'node:assert/strict'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { defineApp, type Output, SluiceError, seconds } from 'sluice'
import { FAULTS, type FaultAt, runApp } from 'sluice/testing'
import { tempDirectory } from '../contracts/temp-directory.ts'
import { type CountsTable, MemoryCountsTable } from './counts-table.ts'

const inputs = { in: [['row row row', 'your boat'], ['gently down'], [], ['row row', 'down the stream']] }
const TOTALS = { boat: 1, down: 2, gently: 1, row: 5, stream: 1, the: 1, your: 1 }
const withoutSqlite = await import('node:sqlite').then(
  () => undefined,
  () => 'node:sqlite comes with Node 22.5',
)

/** A step of the output's function, in its order; `die` is asked at each. */
interface Life {
  readonly table: CountsTable
  readonly usesToken: boolean
  die(step: string): void
}

const counting = ({ table, usesToken, die }: Life) =>
  defineApp({ name: 'counting', batchInterval: seconds(1) }, (ssc) => {
    const counts = ssc
      .textFileStream('in')
      .flatMap((line) => line.split(' '))
      .map((word) => [word, 1])
      .reduceByKey((a, b) => a + b)
    counts.foreachRDD(async (rdd, _time, output) => {
      die('function begins')
      await rdd.foreachPartition(async (pairs, partition) => {
        const rows: [string, number][] = []
        for await (const pair of pairs) rows.push(pair)
        const token = usesToken ? output.token(partition) : undefined
        table.add({ token, rows }, (step) => die(`partition ${partition} ${step}`))
      })
      die('function ends')
    })
  })

/** Runs it to the end; the process dies at one of the steps, counted over the whole run, and others go on. */
async function runDying(table: CountsTable, { dieAt = -1, usesToken = true } = {}): Promise<readonly string[]> {
  const steps: string[] = []
  let dying = false
  const die = (step: string) => {
    if (steps.push(step) - 1 !== dieAt) return
    dying = true
    throw new SluiceError({ code: 'killed', kind: 'retryable', message: step })
  }
  // A process that is gone does nothing more: its next call, whichever it is, has no effect.
  const faults: FaultAt = () => {
    const fault = dying ? 'crash-before' : undefined
    dying = false
    return fault
  }
  await runApp(counting({ table, usesToken, die }), { inputs, faults })
  return steps
}

function tableTests(kind: string, open: (t: TestContext) => Promise<CountsTable>, skip?: string): void {
  test(`${kind}: tokens make the effect exactly once wherever the function's process dies`, {
    skip: skip ?? false,
  }, async (t) => {
    const undisturbed = await open(t)
    const steps = await runDying(undisturbed)
    assert.deepEqual(undisturbed.totals(), TOTALS)
    assert.ok(steps.length > 30 && steps.includes('partition 1 rows-written'))
    for (const [dieAt, step] of steps.entries()) {
      const table = await open(t)
      const lived = await runDying(table, { dieAt })
      assert.ok(lived.length > steps.length, `nothing ran again after ${step}`)
      assert.deepEqual(table.totals(), TOTALS, `died at step ${dieAt}, ${step}`)
    }
  })

  test(`${kind}: without tokens it is at least once: no count is missing, and some are there twice`, {
    skip,
  }, async (t) => {
    const steps = await runDying(await open(t))
    let doubled = 0
    for (let dieAt = 0; dieAt < steps.length; dieAt++) {
      const table = await open(t)
      await runDying(table, { dieAt, usesToken: false })
      for (const [word, count] of Object.entries(TOTALS)) assert.ok((table.totals()[word] ?? 0) >= count, word)
      if (JSON.stringify(table.totals()) !== JSON.stringify(TOTALS)) doubled++
    }
    assert.ok(doubled > 5, `only ${doubled} of ${steps.length} deaths doubled anything`)
  })
}

tableTests('a table in memory', async () => new MemoryCountsTable())
tableTests(
  'SQLite',
  async (t) => {
    const { SqliteCountsTable } = await import('./sqlite-counts-table.ts')
    return new SqliteCountsTable(join(tempDirectory(t), 'counts.db'))
  },
  withoutSqlite,
)

test('tokens make the effect exactly once whatever happens to any call of the protocol around it', async () => {
  const alive = { usesToken: true, die: () => {} }
  let calls = 0
  await runApp(counting({ table: new MemoryCountsTable(), ...alive }), {
    inputs,
    faults: () => {
      calls++
      return undefined
    },
  })
  for (const fault of FAULTS) {
    for (let at = 0; at < calls; at++) {
      const table = new MemoryCountsTable()
      const faults: FaultAt = (call) => (call === at ? fault : undefined)
      await runApp(counting({ table, ...alive }), { inputs, faults })
      assert.deepEqual(table.totals(), TOTALS, `${fault} at call ${at}`)
    }
  }
})

test('a token is that of application, incarnation, batch, output and partition, and of no attempt', async () => {
  const tokens = new Set<string>()
  const app = defineApp({ name: 'tokens', batchInterval: seconds(1) }, (ssc) => {
    const lines = ssc.textFileStream('in')
    for (const name of ['first', 'a/b']) {
      const note = (_: unknown, __: unknown, output: Output) => {
        for (const partition of [undefined, 0, 11]) tokens.add(output.token(partition))
      }
      lines.foreachRDD(note, { name })
    }
  })
  await runApp(app, { inputs: { in: [['a'], ['b']] }, faults: (call) => (call === 5 ? 'crash-after' : undefined) })
  const expected = [1000, 2000].flatMap((time) =>
    ['first', 'a%2Fb'].flatMap((name) => ['', '/0', '/11'].map((of) => `tokens/1/${time}/${name}${of}`)),
  )
  assert.deepEqual([...tokens].sort(), expected.sort())
})
