import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Application, defineApp } from '../../src/dstream/define-app.ts'
import { inspectState, type StateRequest } from '../../src/scheduler/inspect-state.ts'
import { resetApplication } from '../../src/scheduler/reset.ts'
import { seconds } from '../../src/util/time.ts'
import { signal } from './collecting.ts'
import { drain, World } from './world.ts'

const add = (a: number, b: number) => a + b

/** Sums by key of any kind, and over a window. */
const app: Application = defineApp({ name: 'looked-at', batchInterval: seconds(1) }, (ssc) => {
  const pairs = ssc
    .textFileStream('memory://in', { newFilesOnly: false, maxFilesPerBatch: 1 })
    .uid('pairs')
    .map((line): [unknown, number] => [JSON.parse(line.split(' ')[0] ?? ''), Number(line.split(' ')[1])])
  pairs
    .updateStateByKey<number>((values, sum = 0) => (values.includes(0) ? undefined : values.reduce(add, sum)), 2)
    .uid('sums')
    .count()
    .saveAsTextFiles('memory://out/count')
  pairs
    .reduceByKeyAndWindow(add, seconds(2), seconds(1), 1)
    .uid('recent')
    .count()
    .saveAsTextFiles('memory://out/recent')
})

async function worldOf(...files: readonly (readonly string[])[]): Promise<World> {
  const world = new World()
  for (const [i, lines] of files.entries())
    await world.place('memory://in').put(`f${i}`, new TextEncoder().encode(lines.map((line) => `${line}\n`).join('')))
  await drain(world, [world.process(undefined, app)])
  return world
}

const at = (world: World, request: StateRequest) => inspectState(world.process(undefined, app), request)

async function valuesOf(world: World, batchTime: number, key: string): Promise<(readonly [string, string])[]> {
  const { tables } = await at(world, { batchTime, operator: 'sums', key })
  return tables.flatMap(({ entries }) => entries.map((entry) => [entry.key, entry.value] as const))
}

test('the value of a key is told as it was after each batch, whatever came later', async () => {
  const world = await worldOf(['"a" 1', '"b" 5'], ['"a" 2'], ['"b" 0', '"c" 1'])
  for (const [batchTime, a, b] of [
    [1000, '1', '5'],
    [2000, '3', '5'],
    [3000, '3', undefined],
  ] as const) {
    assert.deepEqual(await valuesOf(world, batchTime, 'a'), [['"a"', a]])
    assert.deepEqual(await valuesOf(world, batchTime, '"b"'), b === undefined ? [] : [['"b"', b]])
  }
})

test('a key is given as JSON, or as a text without quotes; what may be both finds both', async () => {
  const world = await worldOf(['5 1', '"5" 2', '[1,"x"] 3', '{"a":1} 4', 'true 5', 'null 6', '"" 7'])
  assert.deepEqual((await valuesOf(world, 1000, '5')).map(([key]) => key).sort(), ['"5"', '5'])
  assert.deepEqual(await valuesOf(world, 1000, '"5"'), [['"5"', '2']])
  for (const [key, value] of [
    ['[1, "x"]', '3'],
    ['{"a":1}', '4'],
    ['true', '5'],
    ['null', '6'],
    ['', '7'],
  ] as const)
    assert.deepEqual(
      (await valuesOf(world, 1000, key)).map(([, found]) => found),
      [value],
      key,
    )
})

test('without a key the first entries are shown and all are counted, partition by partition, table by table', async () => {
  const world = await worldOf(Array.from({ length: 50 }, (_, i) => `${i} 1`))
  const { tables } = await at(world, { batchTime: 1000, operator: 'sums', limit: 3 })
  assert.deepEqual(
    tables.map(({ table, partitions, entriesInAll, entries }) => [table, partitions, entriesInAll, entries.length]),
    [['sums', 2, 50, 3]],
  )
  const recent = await at(world, { batchTime: 1000, operator: 'recent' })
  assert.ok(recent.tables.length > 0 && recent.tables.every(({ table }) => table.startsWith('recent')))
  const source = await at(world, { batchTime: 1000, operator: 'source:pairs' })
  assert.deepEqual(source.tables[0]?.entries[0]?.key, '"memory://in/f0"')
})

test('what was never stored is refused with what there was', async () => {
  const world = await worldOf(['"a" 1'])
  await assert.rejects(at(world, { batchTime: 1000, operator: 'sum' }), {
    code: 'state-not-found',
    message: /there was that of .*source:pairs, sums, .*: sum$/,
  })
  await assert.rejects(at(world, { batchTime: 1500, operator: 'sums' }), { code: 'batch-not-found' })
})

test('the state after the last batch is told also when a reset has begun anew at its time', async () => {
  const world = await worldOf(['"a" 1'], ['"a" 2'])
  await resetApplication(world.process(undefined, app), { reason: 'again', startMs: 2000, signal })
  assert.deepEqual(await valuesOf(world, 2000, 'a'), [['"a"', '3']])
})
