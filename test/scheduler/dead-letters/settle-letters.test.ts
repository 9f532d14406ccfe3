import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Application, defineApp } from '../../../src/dstream/define-app.ts'
import type { UpgradeOptions } from '../../../src/dstream/upgrade-options.ts'
import { collect } from '../../../src/scheduler/collect.ts'
import { type LetterGroup, listLetters, showLetters } from '../../../src/scheduler/dead-letters/list-letters.ts'
import { dropLetters, retryLetters } from '../../../src/scheduler/dead-letters/settle-letters.ts'
import { replayBatch } from '../../../src/scheduler/replay.ts'
import { resetApplication } from '../../../src/scheduler/reset.ts'
import { runInvocation } from '../../../src/scheduler/run-invocation.ts'
import { skipBatch } from '../../../src/scheduler/skip.ts'
import { verifyCheckpoint } from '../../../src/scheduler/verify.ts'
import { FAULTS, FaultyIO } from '../../../src/testing/faulty-io.ts'
import { seconds } from '../../../src/util/time.ts'
import { drain, UNTIL_IDLE, type World } from '../world.ts'
import { committedLetters, linesOf, openLetters, put, worldWith } from './poisoned-world.ts'

const { signal } = new AbortController()
const add = (a: number, b: number) => a + b

/** Sums numbers, a line each, and keeps a total; a word in `unread` cannot be read. */
function summing(unread: readonly string[] = [], maxRecords = 100): Application {
  const retain = { batches: 2, most: 2, every: seconds(1) }
  return defineApp({ name: 'poisoned', batchInterval: seconds(1), retain }, (ssc) => {
    const options = { newFilesOnly: false, maxFilesPerBatch: 1, onBadRecord: { deadLetter: { maxRecords } } }
    const numbers = ssc.textFileStream('memory://in', options).map((line): [string, number] => {
      if (unread.includes(line)) throw new RangeError(`cannot read ${line}`)
      return ['sum', Number(line.replace('#', ''))]
    })
    numbers.reduceByKey(add).saveAsTextFiles('memory://out/sum')
    numbers.updateStateByKey<number>((values, sum = 0) => values.reduce(add, sum)).saveAsTextFiles('memory://out/total')
  })
}

const UNREAD = ['#10', '#20']

async function poisoned(): Promise<World> {
  const world = await worldWith({ a: '1\n#10\n', b: '2\n#20\n#10\n' })
  await run(world, summing(UNREAD))
  assert.deepEqual(await openLetters(world), ['1000: 1', '2000: 2'])
  return world
}

async function run(world: World, application: Application) {
  return (await runInvocation(world.process(undefined, application), UNTIL_IDLE)).reports
}

test('letters are counted by batch, stream and error, and shown one by one', async () => {
  const world = await poisoned()
  const runtime = world.process(undefined, summing())
  const { open } = await listLetters(runtime)
  const brief = ({ batchTime, stream, records, errors }: LetterGroup) => [batchTime, stream, records, errors.length]
  assert.deepEqual(open.map(brief), [
    [1000, 'textFileStream', 1, 1],
    [2000, 'textFileStream', 2, 1],
  ])
  assert.equal(open[1]?.errors[0]?.message, 'cannot read #20')
  assert.deepEqual((await listLetters(runtime, { batchTime: 2000 })).open.map(brief), open.slice(1).map(brief))
  assert.deepEqual((await listLetters(runtime, { stream: 'other' })).open, [])
  const shown: unknown[] = []
  for await (const { payload } of showLetters(runtime)) shown.push(payload.kind === 'text' && payload.text)
  assert.deepEqual(shown, ['#10', '#20', '#10'])
})

test('what is retried is read once more, by the next batch, beside its own records', async () => {
  const world = await poisoned()
  await put(world, 'c', '4\n')
  await retryLetters(world.process(undefined, summing()), { batchTime: 2000, signal })
  assert.deepEqual(await openLetters(world), ['1000: 1', '2000: 2 to be read again'])
  const [report, ...others] = await run(world, summing())
  assert.deepEqual(others, [])
  assert.deepEqual([report?.records, report?.retriedLetters, report?.deadLetters], [3, 2, undefined])
  assert.deepEqual((await linesOf(world, 'sum'))['sum-3000'], ['(sum,34)'])
  assert.deepEqual((await linesOf(world, 'total'))['total-3000'], ['(sum,37)'])
  assert.deepEqual(await openLetters(world), ['1000: 1'])
  assert.ok((await replayBatch(world.process(undefined, summing()), 3000, { signal })).equal)
  assert.deepEqual(await run(world, summing()), [])
})

test('a batch that has nothing else to read is run for what is retried', async () => {
  const world = await poisoned()
  await retryLetters(world.process(undefined, summing()), { signal })
  assert.deepEqual(
    (await run(world, summing())).map(({ batchTime, records }) => [batchTime, records]),
    [[3000, 3]],
  )
  assert.deepEqual(await openLetters(world), [])
})

test('what is bad again is a dead letter of the batch that read it again, and says how often', async () => {
  const world = await poisoned()
  await retryLetters(world.process(undefined, summing()), { signal })
  await run(world, summing(['#20']))
  assert.deepEqual(await openLetters(world), ['3000: 1'])
  assert.deepEqual((await linesOf(world, 'total'))['total-3000'], ['(sum,23)'])
  const letter = (await committedLetters(world)).at(-1)
  assert.deepEqual([letter?.payload, letter?.retries, letter?.batchTime], [{ kind: 'text', text: '#20' }, 1, 3000])
  assert.match(JSON.stringify(letter?.position), /"object":"memory:\/\/in\/b".*"line":2/)
})

test('wherever a process dies while letters are retried, they are read exactly once', async () => {
  const expected = await poisoned()
  await retryLetters(expected.process(undefined, summing()), { signal })
  await run(expected, summing(['#20']))
  const outputs = await expected.outputs()
  let disturbed = 0
  for (const fault of FAULTS) {
    for (let at = 0; ; at++) {
      const world = await poisoned()
      let count = 0
      const io = new FaultyIO(() => (count++ === at ? fault : undefined))
      await retryLetters(world.process(io, summing()), { signal }).catch(() => world.clock.advance(400_000))
      await retryLetters(world.process(undefined, summing()), { signal })
      const processes = function* () {
        yield world.process(io, summing(['#20']))
        for (;;) yield world.process(undefined, summing(['#20']))
      }
      await drain(world, processes())
      if (count <= at) break
      disturbed++
      const where = `${fault} at call ${at}`
      assert.deepEqual(await world.outputs(), outputs, where)
      assert.deepEqual(await openLetters(world), ['3000: 1'], where)
    }
  }
  assert.ok(disturbed > 30, `${disturbed} calls were disturbed`)
})

test('what a planned batch reads again can be neither retried nor dropped, and waits unmarked when that is skipped', async () => {
  const world = await poisoned()
  await retryLetters(world.process(undefined, summing()), { signal })
  await assert.rejects(run(world, summing(UNREAD, 1)), /Too many records/)
  const runtime = world.process(undefined, summing())
  await assert.rejects(dropLetters(runtime, { reason: 'no', signal }), { code: 'letters-planned' })
  await assert.rejects(retryLetters(runtime, { batchTime: 1000, signal }), { code: 'letters-planned' })
  await skipBatch(runtime, { batchTime: 3000, reason: 'still bad', signal })
  assert.deepEqual(await openLetters(world), ['1000: 1', '2000: 2'])
  assert.deepEqual(await run(world, summing(UNREAD, 1)), [])
})

test('what is dropped is gone, on the record', async () => {
  const world = await poisoned()
  const runtime = world.process(undefined, summing())
  await dropLetters(runtime, { stream: 'textFileStream', batchTime: 1000, reason: 'test data', signal })
  assert.deepEqual(await openLetters(world), ['2000: 2'])
  const { dropped } = await listLetters(runtime)
  assert.deepEqual(
    dropped.map(({ stream, batchTime, records, reason }) => [stream, batchTime, records, reason]),
    [['textFileStream', 1000, 1, 'test data']],
  )
  await assert.rejects(dropLetters(runtime, { batchTime: 1000, reason: 'again', signal }), { code: 'no-dead-letters' })
  await assert.rejects(retryLetters(runtime, { stream: 'other', signal }), /No dead letters wait here.*stream other/)
})

test('collection spares letters that wait, however old, and no others; a verification finds nothing amiss', async () => {
  const world = await poisoned()
  await dropLetters(world.process(undefined, summing()), { batchTime: 1000, reason: 'test data', signal })
  for (let file = 0; file < 5; file++) {
    await put(world, `c${file}`, '1\n')
    await run(world, summing(UNREAD))
  }
  await collect(world.process(undefined, summing()), { signal })
  const kept: string[] = []
  for await (const page of world.checkpoint.list('')) kept.push(...page.map(({ key }) => key))
  assert.deepEqual(
    kept.filter((key) => key.includes('/dead-letters/')).map((key) => Number(/b0*(\d+)-/.exec(key)?.[1])),
    [2000],
  )
  const runtime = world.process(undefined, summing())
  const { findings } = await verifyCheckpoint(runtime, { signal })
  assert.deepEqual(
    findings.filter(({ severity }) => severity === 'damage'),
    [],
  )
  await retryLetters(runtime, { signal })
  await run(world, summing())
  assert.deepEqual((await linesOf(world, 'total'))['total-8000'], ['(sum,38)'])
})

test('letters of a stream that was renamed are read again under its new name, and left out of replays', async () => {
  const world = await worldWith({ a: '1\n#10\n' })
  const named = (uid: string, read: (line: string) => number): Application => {
    const upgrade = uid === 'after' ? { rename: { before: 'after' } } : {}
    return defineApp({ name: 'poisoned', batchInterval: seconds(1), upgrade }, (ssc) => {
      const options = { newFilesOnly: false, onBadRecord: { deadLetter: {} } }
      ssc.textFileStream('memory://in', options).uid(uid).map(read).saveAsTextFiles('memory://out/numbers')
    })
  }
  await run(world, named('before', JSON.parse))
  const after = named('after', (line) => Number(line.replace('#', '')))
  await retryLetters(world.process(undefined, after), { signal })
  await run(world, after)
  assert.deepEqual((await linesOf(world, 'numbers'))['numbers-2000'], ['10'])
  assert.ok((await replayBatch(world.process(undefined, after), 1000, { signal })).equal)
})

/** Reads numbers under these names of streams, and puts out what it has read by them. */
function reading(
  streams: Readonly<Record<string, string>>,
  upgrade: UpgradeOptions = {},
  read: (line: string) => number = JSON.parse,
): Application {
  return defineApp({ name: 'poisoned', batchInterval: seconds(1), upgrade }, (ssc) => {
    const options = { newFilesOnly: false, onBadRecord: { deadLetter: {} } }
    for (const [uid, place] of Object.entries(streams)) {
      ssc.textFileStream(place, options).uid(uid).map(read).saveAsTextFiles(`memory://out/${uid}`)
    }
  })
}

test('letters-go-along: a stream that was renamed has its letters under its new name, whatever code says later, and no other has', async () => {
  const world = await worldWith({ a: '1\n#10\n' })
  await run(world, reading({ before: 'memory://in' }))
  await put(world, 'b', '2\n')
  await run(world, reading({ after: 'memory://in' }, { rename: { before: 'after' } }))
  // The rename is done, and the old name is that of another stream.
  const later = reading({ after: 'memory://in', before: 'memory://elsewhere' })
  const runtime = world.process(undefined, later)
  const streams = (await listLetters(runtime)).open.map(({ stream }) => stream)
  for await (const { stream } of showLetters(runtime, { stream: 'after' })) streams.push(stream)
  assert.deepEqual(streams, ['after', 'after'])
  await retryLetters(runtime, { signal })
  await run(world, later)
  const [letter, ...others] = (await listLetters(runtime)).open
  assert.deepEqual([letter?.batchTime, letter?.stream, others], [3000, 'after', []])
})

test('letters of a stream that the application no longer has are not retried, and the message says what to do', async () => {
  const world = await worldWith({ a: '1\n#10\n' })
  await run(world, reading({ before: 'memory://in' }))
  const without = reading({ other: 'memory://elsewhere' }, { drop: ['before'] })
  const runtime = world.process(undefined, without)
  await assert.rejects(retryLetters(runtime, { signal }), (error: Error) => {
    assert.match(
      error.message,
      /of a stream that it has \(other\).*or drop them: before \(the application has no such stream\)$/,
    )
    return true
  })
  await dropLetters(runtime, { reason: 'the stream is gone', signal })
  assert.deepEqual(await openLetters(world), [])
})

test('of what is chosen, letters whose stream is there are read again, and the others are left as they are, with the reason', async () => {
  const world = await worldWith({ a: '1\n#10\n' })
  await world.place('memory://elsewhere').put('a', new TextEncoder().encode('3\n#30\n'))
  const both = { before: 'memory://in', other: 'memory://elsewhere' }
  await run(world, reading(both))
  const mended = reading({ other: 'memory://elsewhere' }, { drop: ['before'] }, (line) => Number(line.replace('#', '')))
  const runtime = world.process(undefined, mended)
  const { settled, left } = await retryLetters(runtime, { signal })
  assert.deepEqual(
    [settled.map(({ stream }) => stream), left.map(({ stream, why }) => [stream, why])],
    [['other'], [['before', 'the application has no such stream']]],
  )
  await run(world, mended)
  assert.deepEqual((await linesOf(world, 'other'))['other-2000'], ['30'])
  assert.deepEqual(await stayed(world, mended), STAYED)
})

const STAYED = [['before', true, false]]

async function stayed(world: World, application: Application): Promise<unknown[]> {
  const { open } = await listLetters(world.process(undefined, application))
  return open.map(({ stream, streamDropped, retry }) => [stream, streamDropped, retry])
}

test('letters-stay-behind: letters of a stream that was dropped are not those of one that has its name later', async () => {
  const world = await worldWith({ a: '1\n#10\n' })
  await run(world, reading({ before: 'memory://in' }))
  await retryLetters(world.process(undefined, reading({ before: 'memory://in' })), { signal })
  await run(world, reading({ other: 'memory://elsewhere' }, { drop: ['before'] }))
  const again = reading({ other: 'memory://elsewhere', before: 'memory://fresh' })
  const retry = (code: Application) => retryLetters(world.process(undefined, code), { signal })
  const refused = { code: 'unknown-input', message: /: before \(dropped.*\)$/ }
  await assert.rejects(retry(again), refused)
  await run(world, again)
  await assert.rejects(retry(again), refused)
  assert.deepEqual(await stayed(world, again), STAYED)
  const renamed = reading({ other: 'memory://elsewhere', after: 'memory://fresh' }, { rename: { before: 'after' } })
  await run(world, renamed)
  assert.deepEqual(await stayed(world, renamed), STAYED)
  await dropLetters(world.process(undefined, renamed), { reason: 'the stream is gone', signal })
  assert.deepEqual(await openLetters(world), [])
})

/** Another kind of stream takes the name of one that is given up, in one release. */
function queued(items: readonly string[], upgrade: UpgradeOptions = {}): Application {
  return defineApp({ name: 'poisoned', batchInterval: seconds(1), upgrade }, (ssc) => {
    ssc
      .queueStream(items.map((item) => [item]))
      .uid('before')
      .saveAsTextFiles('memory://out/queued')
  })
}

test('nor are they read by one of another kind that takes the name at once, marked as they may be', async () => {
  for (const marked of [true, false]) {
    const world = await worldWith({ a: '1\n#10\n' })
    const files = reading({ before: 'memory://in' })
    await run(world, files)
    if (marked) await retryLetters(world.process(undefined, files), { signal })
    const queue = queued(['q'], { drop: ['before'] })
    const retried = retryLetters(world.process(undefined, queue), { signal })
    await assert.rejects(retried, { code: 'unknown-input', message: /: before \(dropped.*\)$/ })
    const [foreseen] = (await listLetters(world.process(undefined, queue))).open
    assert.deepEqual([foreseen?.retry, foreseen?.streamDropped], [marked, true])
    await run(world, queue)
    assert.deepEqual(Object.values(await linesOf(world, 'queued')).flat(), ['q'])
    assert.deepEqual(await stayed(world, queue), STAYED)
  }
})

test('letters-are-of-a-kind: letters of before a reset are read again by their kind of source, and by no other that has their name', async () => {
  for (const marked of [true, false]) {
    const world = await worldWith({ a: '1\n#10\n' })
    const files = reading({ before: 'memory://in' })
    await run(world, files)
    if (marked) await retryLetters(world.process(undefined, files), { signal })
    await resetApplication(world.process(undefined, files), { reason: 'a mistake', startMs: 1000, signal })
    const queue = queued(['q', 'r'])
    await runInvocation(world.process(undefined, queue), { ...UNTIL_IDLE, due: 'clock', maxBatches: 1 })
    const [letters] = (await listLetters(world.process(undefined, queue))).open
    assert.deepEqual([letters?.kind, letters?.retry, letters?.streamMissing], ['file', marked, true])
    const [ofFiles] = (await listLetters(world.process(undefined, files))).open
    assert.deepEqual([ofFiles?.retry, ofFiles?.streamMissing], [marked, false])
    await assert.rejects(retryLetters(world.process(undefined, queue), { signal }), {
      code: 'unknown-input',
      message: /drop them: before \(of file; what is called so now is queue\)$/,
    })
    await runInvocation(world.process(undefined, queue), { ...UNTIL_IDLE, due: 'clock', maxBatches: 1 })
    assert.deepEqual(Object.values(await linesOf(world, 'queued')).flat(), ['q', 'r'])
    await resetApplication(world.process(undefined, queue), { reason: 'another mistake', startMs: 3000, signal })
    await retryLetters(world.process(undefined, files), { signal })
    await run(world, files)
    assert.deepEqual(await openLetters(world), ['4000: 2'])
  }
})

test('a replay by code of before a rename leaves out what was set apart under the new name', async () => {
  const reads = (uid: string, act: () => void, upgrade: UpgradeOptions = {}) =>
    defineApp({ name: 'poisoned', batchInterval: seconds(1), upgrade }, (ssc) => {
      const options = { newFilesOnly: false, onBadRecord: { deadLetter: {} } }
      const numbers = ssc.textFileStream('memory://in', options).uid(uid)
      numbers.map((line) => JSON.parse(line) as number).saveAsTextFiles('memory://out/numbers')
      numbers.foreachRDD(act)
    })
  const world = await worldWith({ a: '1\n' })
  await run(
    world,
    reads('before', () => {}),
  )
  await put(world, 'b', '2\n#20\n')
  const failing = reads('before', () => {
    throw new RangeError('not today')
  })
  await assert.rejects(run(world, failing), { code: 'batch-failed' })
  await run(
    world,
    reads('after', () => {}, { rename: { before: 'after' } }),
  )
  const former = world.process(
    undefined,
    reads('before', () => {}),
  )
  assert.ok((await replayBatch(former, 2000, { signal })).equal)
})
