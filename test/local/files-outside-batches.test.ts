import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { type DStream, defineApp, type RDD, seconds, Time } from '../../src/index.ts'
import { localEnvironment, runApplication } from '../../src/local/index.ts'
import { runApp } from '../../src/testing/index.ts'
import { tempDirectory } from '../contracts/temp-directory.ts'
import { contextFor, quiet } from './streaming-context/context.ts'

/** Joins each batch with a table that is read once, by the context that exists before any batch. */
const enriched = (file: string, done: (rows: readonly string[]) => void) =>
  defineApp({ name: 'enriched', batchInterval: seconds(1) }, (ssc) => {
    assert.equal(ssc.sparkContext.appName, 'enriched')
    let table: Promise<RDD<string>> | undefined
    ssc
      .queueStream([['row']])
      .transform(async (rdd) => {
        table ??= ssc.sparkContext.textFile(file)
        return rdd.union(await table)
      })
      .foreachRDD(async (rdd) => done(await rdd.collect()))
  })

test('an application reads files by ssc.sparkContext', async (t) => {
  const file = join(tempDirectory(t), 'table.txt')
  writeFileSync(file, 'your\nboat\n')
  const rows: (readonly string[])[] = []
  await runApplication(
    enriched(file, (row) => rows.push(row)),
    { untilIdle: true, batches: 1 },
    localEnvironment({ log: quiet }),
  )
  assert.deepEqual(rows, [['row', 'your', 'boat']])
})

test('the test kit has the files that it is given there, too', async () => {
  const rows: (readonly string[])[] = []
  const app = enriched('data/table.txt', (row) => rows.push(row))
  await runApp(app, { files: { 'data/table.txt': 'your\nboat\n' }, batches: 1 })
  assert.deepEqual(rows, [['row', 'your', 'boat']])
})

test('datasets of a slice can be saved, and their context reads files', async (t) => {
  const directory = tempDirectory(t)
  const ssc = contextFor(t, { name: 'sliced' })
  const stream: DStream<string> = ssc.queueStream([['row', 'boat']])
  const first = new Promise<Time>((resolve) => stream.foreachRDD((_, time) => resolve(time)))
  await ssc.start()
  const time = await first
  const [dataset] = await stream.slice(time, new Time(time.milliseconds))
  assert.ok(dataset)
  const out = join(directory, 'out')
  await dataset.saveAsTextFile(out)
  assert.deepEqual(await (await dataset.sparkContext.textFile(out)).collect(), ['row', 'boat'])
  assert.equal(dataset.sparkContext.appName, 'sliced')
})
