import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Application, defineApp } from '../../../src/dstream/define-app.ts'
import type { DStream } from '../../../src/dstream/dstream.ts'
import type { BadRecordOptions } from '../../../src/dstream/sources/bad-records.ts'
import type { BatchReport } from '../../../src/scheduler/batch-report.ts'
import { recordOf } from '../../../src/scheduler/dead-letters/dead-letter.ts'
import { replayBatch } from '../../../src/scheduler/replay.ts'
import { runInvocation } from '../../../src/scheduler/run-invocation.ts'
import { FAULTS, FaultyIO } from '../../../src/testing/faulty-io.ts'
import { SluiceError } from '../../../src/util/errors.ts'
import { seconds } from '../../../src/util/time.ts'
import { drain, UNTIL_IDLE, World } from '../world.ts'
import { committedLetters, linesOf, openLetters, worldWith } from './poisoned-world.ts'

const { signal } = new AbortController()
const add = (a: number, b: number) => a + b
const APART: BadRecordOptions = { onBadRecord: { deadLetter: {} } }

function app(build: Parameters<typeof defineApp<undefined>>[1]): Application {
  return defineApp({ name: 'poisoned', batchInterval: seconds(1) }, build)
}

const FILES = { newFilesOnly: false, maxFilesPerBatch: 1 }

/** Throws at a word that is bad. */
function sound(word: string): string {
  if (word.startsWith('bad')) throw new RangeError(`not this one: ${word}`)
  return word
}

async function run(world: World, application: Application): Promise<readonly BatchReport[]> {
  return (await runInvocation(world.process(undefined, application), UNTIL_IDLE)).reports
}

test('a record at which a function throws is left out whole, whatever was made of it before', async () => {
  const words = app((ssc) => {
    ssc
      .textFileStream('memory://in', { ...FILES, ...APART })
      .flatMap((line) => line.split(' '))
      .map(sound)
      .saveAsTextFiles('memory://out/words')
  })
  const world = await worldWith({ a: 'row boat\nrow bad boat\nboat\n', b: 'row\n' })
  const reports = await run(world, words)
  assert.deepEqual(await linesOf(world, 'words'), { 'words-1000': ['row', 'boat', 'boat'], 'words-2000': ['row'] })
  assert.deepEqual(
    reports.map(({ records, deadLetters }) => [records, deadLetters]),
    [
      [3, 1],
      [1, undefined],
    ],
  )
  const [letter, ...others] = await committedLetters(world)
  assert.deepEqual(others, [])
  assert.match(JSON.stringify(letter?.position), /^\{"object":"memory:\/\/in\/a","etag":"[^"]+","line":2\}$/)
  assert.deepEqual(letter?.payload, { kind: 'text', text: 'row bad boat' })
  assert.deepEqual([letter?.stream, letter?.batchTime], ['textFileStream', 1000])
  assert.equal(letter?.error.message, 'not this one: bad')
  assert.match(letter?.error.operator ?? '', /^map at dead-letters\.test\.ts:\d+$/)
  assert.deepEqual(await openLetters(world), ['1000: 1'])
})

test('without the policy a bad record fails its batch, as in Spark', async () => {
  const words = app((ssc) => ssc.textFileStream('memory://in', FILES).map(sound).saveAsTextFiles('memory://out/words'))
  const world = await worldWith({ a: 'row\nbad\n' })
  await assert.rejects(run(world, words), /Batch 1000 ms failed and keeps its plan: map .* line 2 of/)
  assert.deepEqual(await openLetters(world), [])
})

test('what cannot be decoded is set apart by its bytes and place, and counts as read', async () => {
  const sums = app((ssc) => {
    ssc
      .fileStream<{ n: number }>('memory://in', { ...FILES, ...APART, format: 'ndjson' })
      .map(({ n }) => ['sum', n])
      .reduceByKey(add)
      .saveAsTextFiles('memory://out/sum')
  })
  const world = await worldWith({ a: '{"n":1}\n\n{"n":oops}\nnull\n{"n":4}\n' })
  const [report] = await run(world, sums)
  assert.deepEqual(await linesOf(world, 'sum'), { 'sum-1000': ['(sum,5)'] })
  assert.deepEqual([report?.records, report?.deadLetters], [4, 2])
  const letters = await committedLetters(world)
  assert.deepEqual(
    letters.map(({ payload, position, error }) => [
      payload,
      (position as { line: number }).line,
      error.operator !== undefined,
    ]),
    [
      [{ kind: 'text', text: '{"n":oops}' }, 3, false],
      [{ kind: 'text', text: 'null' }, 4, true],
    ],
  )
})

test('a last record that is cut short is set apart with the bytes that there are', async () => {
  const sizes = app((ssc) => {
    const records = ssc.binaryRecordsStream('memory://in', 2, { ...FILES, ...APART })
    records.map((bytes) => new TextDecoder().decode(bytes)).saveAsTextFiles('memory://out/pairs')
  })
  const world = await worldWith({ a: 'aabbc' })
  await run(world, sizes)
  assert.deepEqual(await linesOf(world, 'pairs'), { 'pairs-1000': ['aa', 'bb'] })
  const [letter] = await committedLetters(world)
  assert.deepEqual(letter?.payload, { kind: 'bytes', base64: btoa('c') })
  assert.match(JSON.stringify(letter?.position), /"offset":4/)
})

/** Counts lines before the function that throws, and words behind it: two consumers of one stream, and state. */
function consumers(seen: string[][] = []): Application {
  return app((ssc) => {
    const lines = ssc.textFileStream('memory://in', { ...FILES, ...APART })
    lines.foreachRDD(async (rdd) => void seen.push(await rdd.collect()))
    lines.count().saveAsTextFiles('memory://out/lines')
    const words = lines.flatMap((line) => line.split(' ')).map(sound)
    words.filter((word) => word.length > 3).saveAsTextFiles('memory://out/long')
    const ones = words.map((word) => ['words', 1 + 0 * word.length])
    ones.updateStateByKey<number>((values, sum = 0) => values.reduce(add, sum)).saveAsTextFiles('memory://out/total')
  })
}

test('a record that is bad to one consumer is left out for all, and set apart once', async () => {
  const world = await worldWith({ a: 'row boat\nbad boat\n', b: 'boat bad1 bad2\nrow\n' })
  const seen: string[][] = []
  await run(world, consumers(seen))
  assert.deepEqual(seen, [['row boat'], ['row']])
  assert.deepEqual(await linesOf(world, 'lines'), { 'lines-1000': ['1'], 'lines-2000': ['1'] })
  assert.deepEqual(await linesOf(world, 'long'), { 'long-1000': ['boat'] })
  assert.deepEqual(await linesOf(world, 'total'), { 'total-1000': ['(words,2)'], 'total-2000': ['(words,3)'] })
  assert.deepEqual(
    (await committedLetters(world)).map(({ payload }) => payload),
    [
      { kind: 'text', text: 'bad boat' },
      { kind: 'text', text: 'boat bad1 bad2' },
    ],
  )
})

test('wherever a process dies, the outputs and the dead letters are those of a run that was never disturbed', async () => {
  const files = { a: 'row boat\nbad boat\n', b: 'boat bad1 bad2\nrow\n', c: 'boat\n' }
  const undisturbed = await worldWith(files)
  await run(undisturbed, consumers())
  const expected = [await undisturbed.outputs(), await committedLetters(undisturbed), await openLetters(undisturbed)]
  let calls = 0
  for (const fault of FAULTS) {
    for (let at = 0; ; at += 3) {
      const world = await worldWith(files)
      let count = 0
      const io = new FaultyIO(() => (count++ === at ? fault : undefined))
      const processes = function* () {
        yield world.process(io, consumers())
        for (;;) yield world.process(undefined, consumers())
      }
      await drain(world, processes())
      if (count <= at) break
      calls++
      const found = [await world.outputs(), await committedLetters(world), await openLetters(world)]
      assert.deepEqual(found, expected, `${fault} at call ${at}`)
      assert.deepEqual(world.overwritten, [])
    }
  }
  assert.ok(calls > 30, `${calls} calls were disturbed`)
})

test('past the quota the batch fails, names some of the records, and leaves nothing that is committed', async () => {
  const bad = 'bad1\nbad2\nrow\nbad3\n'
  for (const [quota, message] of [
    [{ maxRecords: 2 }, /its quota is 2 records.*not this one: bad1 at .*"line":1.*bad2.*bad3/],
    [{ maxShare: 0.5 }, /its quota is a share of 0\.5, and 3 of 4 are bad.*bad1/],
  ] as const) {
    const words = app((ssc) => {
      const lines = ssc.textFileStream('memory://in', { ...FILES, onBadRecord: { deadLetter: quota } })
      lines.map(sound).saveAsTextFiles('memory://out/words')
    })
    const world = await worldWith({ a: bad })
    await assert.rejects(run(world, words), message)
    assert.equal((await world.register.read('poisoned'))?.planned?.failure?.code, 'too-many-dead-letters')
    assert.deepEqual([await openLetters(world), [...(await world.outputs()).keys()]], [[], []])
  }
  const within = app((ssc) => {
    const lines = ssc.textFileStream('memory://in', { ...FILES, onBadRecord: { deadLetter: { maxShare: 0.75 } } })
    lines.map(sound).saveAsTextFiles('memory://out/words')
  })
  const world = await worldWith({ a: bad })
  await run(world, within)
  assert.deepEqual(await openLetters(world), ['1000: 3'])
})

for (const [place, build] of [
  ['a function that merges', (words) => words.map((word) => ['all', word]).reduceByKey((a, b) => sound(a) + sound(b))],
  ['a function of partitions', (words) => words.mapPartitions((part) => part.map(sound))],
  ['a function behind a shuffle', (words) => words.repartition(1).map(sound)],
  ['a function inside transform', (words) => words.transform((rdd) => rdd.map(sound))],
] as readonly [string, (words: DStream<string>) => { print(): void }][]) {
  test(`${place} throws at no one record of the source, so the batch fails`, async () => {
    const world = await worldWith({ a: 'row\nbad\nboat\n' })
    const application = app((ssc) => build(ssc.textFileStream('memory://in', { ...FILES, ...APART })).print())
    await assert.rejects(run(world, application), /Batch 1000 ms failed/)
  })
}

test('a mistake of the application is no bad record', async () => {
  const world = await worldWith({ a: 'row\n' })
  const application = app((ssc) => {
    const lines = ssc.textFileStream('memory://in', { ...FILES, ...APART })
    lines.map(async (line) => line).print()
  })
  await assert.rejects(run(world, application), /must be synchronous/)
})

test('records of a union are those of the streams that they come from', async () => {
  const world = await worldWith({ a: 'row\nbad\n' })
  const application = app((ssc) => {
    const lines = ssc.textFileStream('memory://in', { ...FILES, ...APART })
    lines
      .union(lines.map((line) => `${line} again`))
      .map(sound)
      .saveAsTextFiles('memory://out/words')
  })
  await run(world, application)
  assert.deepEqual(await linesOf(world, 'words'), { 'words-1000': ['row', 'row again'] })
  assert.equal((await committedLetters(world)).length, 1)
})

test('a persisted stream holds no bad record', async () => {
  const world = await worldWith({ a: 'row\nbad\nboat\n' })
  const application = app((ssc) => {
    const words = ssc
      .textFileStream('memory://in', { ...FILES, ...APART })
      .map(sound)
      .cache()
    words.saveAsTextFiles('memory://out/words')
    words.count().saveAsTextFiles('memory://out/count')
  })
  await run(world, application)
  assert.deepEqual(await linesOf(world, 'words'), { 'words-1000': ['row', 'boat'] })
  assert.deepEqual(await linesOf(world, 'count'), { 'count-1000': ['2'] })
})

test('a replay leaves out what the batch left out, and has its bytes, also when functions throw no more', async () => {
  const world = await worldWith({ a: 'row\nbad\nboat\n' })
  const wordsBy = (f: (word: string) => string) =>
    app((ssc) => {
      ssc
        .textFileStream('memory://in', { ...FILES, ...APART })
        .map(f)
        .saveAsTextFiles('memory://out/words')
    })
  await run(world, wordsBy(sound))
  const mended = world.process(
    undefined,
    wordsBy((word) => word),
  )
  assert.ok((await replayBatch(mended, 1000, { signal })).equal)
})

test('elements of a source without records of its own are set apart as they are', async () => {
  const application = app((ssc) => {
    const queue = [
      [
        { n: 1, at: new Date(0) },
        { n: Number.NaN, at: new Date(1) },
      ],
    ]
    ssc
      .inputStream<{ n: number }>({ kind: 'queue', options: { queue, ...APART } })
      .map(({ n }) => {
        if (Number.isNaN(n)) throw new TypeError('no number')
        return n
      })
      .saveAsTextFiles('memory://out/numbers')
  })
  const world = new World()
  await run(world, application)
  assert.deepEqual(await linesOf(world, 'numbers'), { 'numbers-1000': ['1'] })
  const [letter] = await committedLetters(world)
  assert.equal(letter?.payload.kind, 'value')
  assert.equal(letter?.error.message, 'no number')
})

test('what functions did to an element before one threw at it is in no letter', async () => {
  const queue = [[{ n: 1, seen: [0] }]]
  const application = app((ssc) => {
    const input = ssc.inputStream<{ n: number; seen: number[] }>({ kind: 'queue', options: { queue, ...APART } })
    input
      .map((element) => {
        element.n = 7
        element.seen.push(8)
        return element
      })
      .map(() => {
        throw new RangeError('not this one')
      })
      .print()
  })
  const world = new World()
  await run(world, application)
  const [letter] = await committedLetters(world)
  assert.ok(letter)
  assert.deepEqual(recordOf(letter).payload, { n: 1, seen: [0] })
})

test('a policy that nobody can mean is refused when the stream is declared', () => {
  for (const onBadRecord of [
    'skip',
    {},
    { deadLetter: true },
    { deadLetter: { maxRecords: 0 } },
    { deadLetter: { maxShare: 2 } },
  ]) {
    const application = app((ssc) => ssc.textFileStream('memory://in', { onBadRecord: onBadRecord as 'fail' }).print())
    assert.throws(
      () => new World().process(undefined, application),
      (error: unknown) =>
        error instanceof SluiceError && error.code === 'bad-option' && /onBadRecord/.test(error.message),
    )
  }
})
