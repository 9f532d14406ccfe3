import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defineApp, type KinesisRecord, seconds } from 'sluice'
import { runApp } from 'sluice/testing'

const B = { batchInterval: seconds(1) }
const add = (a: number, b: number) => a + b

const counting = defineApp({ name: 'counting', ...B }, (ssc) => {
  const pairs = ssc
    .textFileStream('s3://bucket/in', { newFilesOnly: false, maxFilesPerBatch: 1 })
    .flatMap((line) => line.split(' '))
    .map((word) => [word, 1])
  pairs.reduceByKey(add).saveAsTextFiles('s3://bucket/counts')
  const total = pairs.updateStateByKey<number>((ones, sum = 0) => ones.reduce(add, sum)).uid('total')
  total.print(1, { name: 'shown' })
})

test('lines in place of a directory come out as lines of text files, batch by batch', async () => {
  const run = await runApp(counting, { inputs: { 's3://bucket/in': [['a b'], [], ['a']] } })
  assert.deepEqual(run.times, [1000, 2000, 3000])
  assert.deepEqual(
    run.outputs.saveAsTextFiles?.map((lines) => lines?.toSorted()),
    [['(a,1)', '(b,1)'], undefined, ['(a,1)']],
  )
  assert.equal(run.outputs.shown?.[2]?.length, 2)
  assert.match(run.printed, /Time: 3000 ms/)
  assert.ok('s3://bucket/counts-3000/_SUCCESS' in run.files)
})

test('files that are given are read by the stream itself, until it has no more', async () => {
  const files = { 's3://bucket/in/1.txt': 'a\n', 's3://bucket/in/2.txt': 'a\nb\n' }
  const run = await runApp(counting, { files })
  assert.deepEqual(
    run.outputs.saveAsTextFiles?.map((lines) => lines?.toSorted()),
    [['(a,1)'], ['(a,1)', '(b,1)']],
  )
})

test('a restart in any place leaves the same files', async () => {
  const inputs = { textFileStream: [['a b'], ['a'], ['c'], ['a']] }
  const whole = await runApp(counting, { inputs })
  for (const restartAfter of [1, 2, 3, [1, 2, 3]]) {
    const run = await runApp(counting, { inputs, restartAfter })
    assert.deepEqual([run.files, run.outputs, run.printed], [whole.files, whole.outputs, whole.printed])
  }
})

test('a new version of the application goes on with the state of the old one', async () => {
  const upgraded = defineApp({ name: 'counting', ...B }, (ssc) => {
    const words = ssc.textFileStream('s3://bucket/in').flatMap((line) => line.toLowerCase().split(' '))
    const ones = words.map((word) => [word, 1])
    ones
      .updateStateByKey<number>((ones, sum = 0) => ones.reduce(add, sum))
      .uid('total')
      .saveAsTextFiles('totals')
  })
  const before = await runApp(counting, { inputs: { textFileStream: [['a'], ['a']] } })
  const after = await runApp(upgraded, { inputs: { textFileStream: [['A']] }, from: before })
  assert.deepEqual([after.times, after.outputs.saveAsTextFiles], [[3000], [['(a,3)']]])
})

test('records of Kinesis go through the decoder of the application', async () => {
  const app = defineApp({ name: 'flights', ...B }, (ssc) => {
    const decode = ({ data }: KinesisRecord) => JSON.parse(new TextDecoder().decode(data)) as { n: number }
    ssc
      .kinesisStream({ streamName: 'flights', decode })
      .map(({ n }) => n)
      .saveAsTextFiles('out')
  })
  const run = await runApp(app, { inputs: { flights: [['{"n":1}', '{"n":2}']] } })
  assert.deepEqual(run.outputs.saveAsTextFiles, [['1', '2']])
})

test('an input that no stream has is refused, with the names there are', async () => {
  await assert.rejects(runApp(counting, { inputs: { lines: [[]] } }), /textFileStream or s3:\/\/bucket\/in.*: lines/)
})

test('what is no application is refused', async () => {
  await assert.rejects(runApp({ name: 'no-app' } as never), { code: 'bad-test', message: /defineApp/ })
})

test('what foreachRDD functions are called with is told by the names of their outputs', async () => {
  const seen: string[] = []
  const effects = defineApp({ name: 'effects', ...B }, (ssc) => {
    const lines = ssc.textFileStream('in')
    lines.foreachRDD(
      async (rdd, time, output) => {
        seen.push(output.token())
        assert.equal(time.milliseconds, seen.length * 1000)
        await rdd.count()
      },
      { name: 'sent' },
    )
    lines.saveAsTextFiles('s3://bucket/kept')
  })
  const run = await runApp(effects, { inputs: { in: [['a', 'b'], [], ['c']] } })
  assert.deepEqual(Object.keys(run.outputs), ['saveAsTextFiles'])
  assert.deepEqual(
    run.calls.sent?.map(({ timeMs, elements }) => [timeMs, elements]),
    [
      [1000, ['a', 'b']],
      [2000, []],
      [3000, ['c']],
    ],
  )
  assert.deepEqual(
    run.calls.sent?.map(({ token }) => token),
    seen,
  )
})

test('a function that is called again for a batch, as its process died, is told twice, with one token', async () => {
  const effects = defineApp({ name: 'effects', ...B }, (ssc) => {
    ssc.textFileStream('in').foreachRDD(() => {}, { name: 'sent' })
  })
  let swaps = 0
  const run = await runApp(effects, {
    inputs: { in: [['a']] },
    faults: (_, name) => (name === 'head.swap' && ++swaps === 3 ? 'crash-before' : undefined),
  })
  const [first, second] = run.calls.sent ?? []
  assert.equal(run.calls.sent?.length, 2)
  assert.deepEqual(first, second)
})
