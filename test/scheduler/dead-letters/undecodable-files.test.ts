import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { type Application, defineApp } from '../../../src/dstream/define-app.ts'
import type { BadRecordOptions } from '../../../src/dstream/sources/bad-records.ts'
import type { FileDecoder } from '../../../src/rdd/formats/decoder.ts'
import { collect } from '../../../src/scheduler/collect.ts'
import { dropLetters, retryLetters } from '../../../src/scheduler/dead-letters/settle-letters.ts'
import { replayBatch } from '../../../src/scheduler/replay.ts'
import { runInvocation } from '../../../src/scheduler/run-invocation.ts'
import { FAULTS, FaultyIO } from '../../../src/testing/faulty-io.ts'
import { seconds } from '../../../src/util/time.ts'
import { drain, UNTIL_IDLE, type World } from '../world.ts'
import { committedLetters, linesOf, openLetters, put, worldWith } from './poisoned-world.ts'

const { signal } = new AbortController()
const APART: BadRecordOptions = { onBadRecord: { deadLetter: {} } }

/** A word a chunk; `unread` says what cannot be read. */
function words(unread: string): FileDecoder<string> {
  return async function* (bytes) {
    let text = ''
    for await (const chunk of bytes) text += new TextDecoder().decode(chunk)
    for (const word of text.trim().split(' ')) {
      if (word === unread) throw new RangeError(`no word: ${word}`)
      yield [word]
    }
  }
}

/** Counts what it reads twice, side by side, and keeps a total. */
function reading(decode: FileDecoder<string>, options: BadRecordOptions = APART, maxFilesPerBatch = 2): Application {
  return defineApp({ name: 'poisoned', batchInterval: seconds(1) }, (ssc) => {
    const read = ssc.fileStream('memory://in', { decode, newFilesOnly: false, maxFilesPerBatch, ...options })
    const sound = read.map((word) => {
      if (word === 'odd') throw new RangeError('an odd word')
      return word
    })
    sound.union(read).saveAsTextFiles('memory://out/words')
    sound
      .map((word) => ['words', word.length])
      .updateStateByKey<number>((ones, sum = 0) => sum + ones.length)
      .saveAsTextFiles('memory://out/total')
  })
}

async function run(world: World, application: Application, io?: FaultyIO) {
  return (await runInvocation(world.process(io, application), UNTIL_IDLE)).reports
}

const FILES = { a: 'row boat', b: 'odd boat bad row', c: 'odd stream' }

test('a file that cannot be decoded is one dead letter, with its place and error, and nothing of it is in the batch', async () => {
  const world = await worldWith(FILES)
  const reports = await run(world, reading(words('bad')))
  assert.deepEqual(await linesOf(world, 'words'), {
    'words-1000': ['row', 'boat', 'row', 'boat'],
    'words-2000': ['stream', 'stream'],
  })
  assert.deepEqual(await linesOf(world, 'total'), { 'total-1000': ['(words,2)'], 'total-2000': ['(words,3)'] })
  assert.deepEqual(
    reports.map(({ records, deadLetters }) => [records, deadLetters]),
    [
      [3, 1],
      [2, 1],
    ],
  )
  const [whole, odd, ...others] = await committedLetters(world)
  assert.deepEqual(others, [])
  assert.equal(whole?.payload.kind === 'range' && whole.payload.range.partition, 'memory://in/b')
  assert.deepEqual([whole?.error.code, whole?.error.operator], ['file-corrupt', undefined])
  assert.match(whole?.error.message ?? '', /no word: bad; replace the file .*: memory:\/\/in\/b$/)
  assert.match(JSON.stringify(whole?.position), /"partition":"memory:\/\/in\/b","until":\{"offset":16,"etag"/)
  assert.deepEqual(odd?.payload, { kind: 'text', text: 'odd' })
  assert.deepEqual(await openLetters(world), ['1000: 1', '2000: 1'])
})

test('a replay leaves the same file out, whatever the decoder makes of it by then', async () => {
  const world = await worldWith(FILES)
  await run(world, reading(words('bad')))
  for (const batchTime of [1000, 2000])
    assert.ok((await replayBatch(world.process(undefined, reading(words(''))), batchTime, { signal })).equal)
})

test('undecodable files count for the quota, and without the policy they fail their batch', async () => {
  const world = await worldWith({ a: 'bad', b: 'row bad' })
  const one = { onBadRecord: { deadLetter: { maxRecords: 1 } } }
  await assert.rejects(run(world, reading(words('bad'), one)), /quota is 1 records\).*no word: bad/)
  await assert.rejects(run(world, reading(words('bad'), {})), /The decoder of this stream failed: no word: bad/)
  assert.deepEqual(await openLetters(world), [])
  const share = { onBadRecord: { deadLetter: { maxShare: 0.5 } } }
  await assert.rejects(run(world, reading(words('bad'), share)), /a share of 0.5, and 2 of 2 are bad/)
})

test('a damaged archive is set apart as a whole by streams of every format', async () => {
  const world = await worldWith({ b: '{"n":2}\n' })
  const zipped = gzipSync('{"n":1}\n'.repeat(1_000))
  await world.place('memory://in').put('a.gz', zipped.subarray(0, zipped.length - 9))
  for (const [name, format] of [
    ['lines', { format: 'text' }],
    ['values', { format: 'ndjson' }],
    ['records', { format: 'binary-records', recordLength: 8 }],
  ] as const) {
    const app = defineApp({ name, batchInterval: seconds(1) }, (ssc) => {
      const options = { newFilesOnly: false, ...APART, ...format }
      ssc
        .fileStream('memory://in', options as { format: 'text' })
        .count()
        .saveAsTextFiles(`memory://out/${name}`)
    })
    await run(world, app)
    assert.deepEqual(await linesOf(world, name), { [`${name}-1000`]: ['1'] })
    const [letter] = await committedLetters(world, name)
    assert.equal(letter?.payload.kind, 'range', name)
  }
})

test('a file that was set apart is read again as a file, and is a letter again for as long as it cannot be decoded', async () => {
  const world = await worldWith(FILES)
  await run(world, reading(words('bad')))
  const again = async (unread: string) => {
    await retryLetters(world.process(undefined, reading(words(unread))), { signal })
    return run(world, reading(words(unread)))
  }
  const [failed] = await again('bad')
  assert.deepEqual([failed?.retriedLetters, failed?.deadLetters], [2, 2])
  const letters = await committedLetters(world)
  assert.deepEqual(
    letters.slice(2).map(({ payload, retries }) => [payload.kind, retries]),
    [
      ['text', 1],
      ['range', 1],
    ],
  )
  const [read] = await again('nothing')
  assert.deepEqual([read?.retriedLetters, read?.deadLetters], [2, 2], 'two odd words are left')
  assert.deepEqual((await linesOf(world, 'total'))['total-4000'], ['(words,6)'])
  assert.deepEqual(await openLetters(world), ['4000: 2'])
  assert.ok((await replayBatch(world.process(undefined, reading(words(''))), 4000, { signal })).equal)
})

test('a file that is gone when it is to be read again fails no batch: it stays a letter, until it is given up', async () => {
  const world = await worldWith(FILES)
  const app = reading(words('bad'))
  await run(world, app)
  await world.place('memory://in').delete(['b'])
  await put(world, 'd', 'oar')
  await retryLetters(world.process(undefined, app), { batchTime: 1000, signal })
  const [report] = await run(world, app)
  assert.deepEqual([report?.records, report?.deadLetters], [2, 1])
  const letter = (await committedLetters(world)).at(-1)
  assert.deepEqual([letter?.error.code, letter?.retries], ['source-missing', 1])
  await dropLetters(world.process(undefined, app), { batchTime: 3000, reason: 'gone', signal })
  assert.deepEqual(await openLetters(world), ['2000: 1'])
})

test('what the store cannot give now is no matter of the file, whatever a decoder makes of it', async () => {
  const world = await worldWith({ a: 'row' })
  const wrapping: FileDecoder<string> = async function* (bytes) {
    try {
      yield* words('')(bytes, { url: '' })
    } catch (cause) {
      throw new Error('something is wrong', { cause })
    }
  }
  const unreachable = new FaultyIO((_, name) => (name === 'store.get' ? 'dropped' : undefined))
  await assert.rejects(run(world, reading(wrapping), unreachable), { kind: 'retryable' })
  assert.deepEqual(await openLetters(world), [])
  await run(world, reading(wrapping))
  assert.deepEqual(await linesOf(world, 'words'), { 'words-1000': ['row', 'row'] })
})

for (const fault of FAULTS) {
  test(`${fault} at any call: each undecodable file is left out once and read again once`, async () => {
    const app = reading(words('bad'))
    const disturbed = async (at: number) => {
      const io = new FaultyIO((call) => (call === at ? fault : undefined))
      const world = await worldWith(FILES)
      await drain(world, processes(world, app, io))
      await retryLetters(world.process(undefined, app), { signal })
      await drain(world, processes(world, reading(words('nothing')), io))
      await collect(world.process(undefined, app), { signal })
      return { calls: io.calls.length, found: [await world.outputs(), await openLetters(world)] }
    }
    const calm = await disturbed(-1)
    for (let at = 0; at < calm.calls; at++)
      assert.deepEqual((await disturbed(at)).found, calm.found, `${fault} at call ${at}`)
  })
}

function* processes(world: World, app: Application, io: FaultyIO) {
  yield world.process(io, app)
  for (;;) yield world.process(undefined, app)
}

test('files are read again as many as one batch has time for, at least one', async () => {
  const long = `bad ${'row '.repeat(10_000)}`
  const world = await worldWith({ a: long, b: long, c: long, d: long, e: long })
  await run(world, reading(words('bad')))
  const app = reading(words('none'))
  await retryLetters(world.process(undefined, app), { signal })
  const retried: (number | undefined)[] = []
  world.clock.stands = true
  // Of the time, half is planned for, at 4,000 bytes a millisecond.
  for (const forMs of [45, 5, 45]) {
    const options = { ...UNTIL_IDLE, deadlineMs: world.clock.now() + forMs, maxBatches: 1 }
    const { reports } = await runInvocation(world.process(undefined, app), options)
    retried.push(...reports.map(({ retriedLetters }) => retriedLetters))
  }
  assert.deepEqual(retried, [2, 1, 2])
  assert.deepEqual(await openLetters(world), [])
})
