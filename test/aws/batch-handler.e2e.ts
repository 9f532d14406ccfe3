import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { createBatchHandler } from '../../src/aws/index.ts'
import { leased } from '../../src/checkpoint/transitions.ts'
import { type Application, defineApp, minutes } from '../../src/index.ts'
import type { Clock } from '../../src/ports/clock.ts'
import { frequentWordCount, totals, wordCount } from './applications.ts'
import {
  context,
  createStream,
  type LambdaWorld,
  putRecords,
  ruleEvent,
  START_MS,
  startLambdaWorld,
} from './lambda-world.ts'

const MINUTE_MS = 60_000
/** The first batch time of an application that starts at `START_MS`. */
const FIRST_MS = START_MS + MINUTE_MS

let world: LambdaWorld

beforeEach(async () => {
  world = await startLambdaWorld()
})

afterEach(() => world.close())

/** One trigger after the other, each at its time. */
async function trigger(handler: ReturnType<typeof createBatchHandler>, atMs: number) {
  world.clock.set(atMs)
  return handler(ruleEvent(atMs), context())
}

/** A handler whose grid begins at `START_MS`, so that its first batch is at `FIRST_MS`. */
async function begun(app: Application): Promise<ReturnType<typeof createBatchHandler>> {
  const handler = createBatchHandler(app, world.options)
  assert.equal((await trigger(handler, START_MS)).outcome, 'idle')
  return handler
}

function linesOf(event: string) {
  return world.log.filter((line) => line.event === event)
}

test('new objects are counted once, and what was committed is under its final name', async () => {
  await world.put('in/1', 'a b a\n')
  const handler = await begun(wordCount)
  const first = await trigger(handler, FIRST_MS)
  assert.deepEqual(first, {
    outcome: 'committed',
    batches: 1,
    records: 1,
    lastBatchTime: FIRST_MS,
    nextMs: FIRST_MS + MINUTE_MS,
  })
  await world.put('in/2', 'c\n')
  const second = await trigger(handler, FIRST_MS + MINUTE_MS)
  assert.deepEqual([second.outcome, second.records], ['committed', 1])
  assert.equal((await trigger(handler, FIRST_MS + MINUTE_MS + 1)).outcome, 'idle')

  assert.deepEqual(await world.keys('out/'), [
    `out/words-${FIRST_MS}/_SUCCESS`,
    ...(await world.keys(`out/words-${FIRST_MS}/part-`)),
    `out/words-${FIRST_MS + MINUTE_MS}/_SUCCESS`,
    ...(await world.keys(`out/words-${FIRST_MS + MINUTE_MS}/part-`)),
  ])
  assert.equal(await textBelow(`out/words-${FIRST_MS}/`), '(a,2)\n(b,1)\n')
  assert.equal(await textBelow(`out/words-${FIRST_MS + MINUTE_MS}/`), '(c,1)\n')
})

test('the grid begins at the first invocation, at whatever time of the minute triggers come, and however cold', async () => {
  const outcomes = []
  for (let tick = 0; tick < 3; tick++) {
    const handler = createBatchHandler(wordCount, world.options)
    outcomes.push((await trigger(handler, START_MS + 700 + tick * MINUTE_MS)).outcome)
  }
  assert.deepEqual(outcomes, ['idle', 'committed', 'committed'])
})

test('missed ticks are all run by the next trigger, in order', async () => {
  const handler = await begun(wordCount)
  await trigger(handler, FIRST_MS)
  const caughtUp = await trigger(handler, FIRST_MS + 5 * MINUTE_MS)
  assert.deepEqual([caughtUp.outcome, caughtUp.batches], ['committed', 5])
  assert.deepEqual(
    linesOf('batch-committed').map(({ batchTime }) => batchTime),
    [0, 1, 2, 3, 4, 5].map((k) => FIRST_MS + k * MINUTE_MS),
  )
})

test('state and stream positions are carried from process to process, and within one', async () => {
  await createStream(world.clients, 'letters')
  const counts = new Map<string, number>()
  let handler = await begun(totals)
  for (let k = 0; k < 6; k++) {
    const texts = Array.from({ length: 10 + k }, (_, i) => `${'abcdefg'[(i * k) % 7]}-${k}-${i}`)
    for (const [letter = ''] of texts) counts.set(letter, (counts.get(letter) ?? 0) + 1)
    await putRecords(world.clients, 'letters', texts)
    // Every second invocation is a cold start.
    if (k % 2 === 0) handler = createBatchHandler(totals, world.options)
    const result = await trigger(handler, FIRST_MS + k * MINUTE_MS)
    assert.deepEqual([result.outcome, result.batches, result.records], ['committed', 1, texts.length])
    const sorted = [...counts].sort(([a], [b]) => (a < b ? -1 : 1))
    const expected = sorted.map(([letter, count]) => `(${letter},${count})\n`).join('')
    assert.equal(await textBelow(`out/totals-${FIRST_MS + k * MINUTE_MS}/`), expected)
  }
})

test('batches more frequent than triggers run at their times, within one invocation after the other, none left out', async () => {
  const handler = createBatchHandler(frequentWordCount, world.options)
  const second = 1_000
  for (let k = 1; k <= 12; k++) {
    world.clock.at(START_MS + 7 * second + k * 10 * second, () => world.put(`in/${k}`, `line ${k}\n`))
  }
  // A rule fires at any second of the minute.
  const results = []
  for (let tick = 0; tick < 2; tick++) {
    results.push(await trigger(handler, START_MS + 7 * second + tick * MINUTE_MS))
    assert.ok(world.clock.now() < START_MS + 7 * second + (tick + 1) * MINUTE_MS, 'it ends before the next trigger')
  }
  assert.deepEqual(
    results.map(({ outcome, batches }) => [outcome, batches]),
    [
      ['committed', 6],
      ['committed', 6],
    ],
  )
  const committed = linesOf('batch-committed')
  assert.deepEqual(
    committed.map(({ batchTime }) => batchTime),
    Array.from({ length: 12 }, (_, k) => START_MS + (k + 1) * 10 * second),
  )
  for (const { batchTime, submissionTime } of committed) assert.equal(submissionTime, batchTime, 'at its time')
  // The file of k = 1 came at 17 s, so that the batch at 20 s is the first to see it.
  assert.equal(await textBelow(`out/lines-${START_MS + 20 * second}/`), 'line 1\n')
  assert.equal(await textBelow(`out/lines-${START_MS + 120 * second}/`), 'line 11\n')
})

test('an invocation does not wait beyond its own deadline', async () => {
  const handler = createBatchHandler(frequentWordCount, world.options)
  world.clock.set(START_MS)
  const result = await handler(ruleEvent(START_MS), context(25_000))
  assert.deepEqual([result.outcome, result.batches], ['committed', 2])
  assert.ok(world.clock.now() <= START_MS + 25_000)
})

test('batches as frequent as triggers are not waited for', async () => {
  const handler = createBatchHandler(wordCount, world.options)
  assert.equal((await trigger(handler, START_MS + 59_000)).outcome, 'idle')
  assert.equal(world.clock.now(), START_MS + 59_000)
})

test("somebody else's lease is left alone: held, and nothing is written", async () => {
  const handler = await begun(wordCount)
  await trigger(handler, FIRST_MS)
  await takeOver('words', FIRST_MS + 10 * MINUTE_MS)
  const before = await world.head('words')
  const cold = createBatchHandler(wordCount, world.options)
  const result = await trigger(cold, FIRST_MS + MINUTE_MS)
  assert.deepEqual(result, { outcome: 'held', batches: 0, records: 0, nextMs: FIRST_MS + 10 * MINUTE_MS })
  assert.deepEqual(await world.head('words'), before)
  // A warm process knows only its own last head; it finds out by its compare-and-set.
  assert.equal((await trigger(handler, FIRST_MS + MINUTE_MS)).outcome, 'held')
  assert.deepEqual(await world.head('words'), before)
})

test('who is taken over while it runs is fenced, and publishes nothing', async () => {
  let overtaken = false
  const app = defineApp({ name: 'words', batchInterval: minutes(1) }, (ssc) => {
    const lines = ssc.textFileStream('s3://data/in', { newFilesOnly: false })
    lines.saveAsTextFiles('s3://data/out/words')
    lines.foreachRDD(async () => {
      if (overtaken) return
      overtaken = true
      await takeOver('words', world.clock.now() + 1)
    })
  })
  await world.put('in/1', 'a\n')
  const handler = await begun(app)
  const fenced = await trigger(handler, FIRST_MS)
  assert.deepEqual([fenced.outcome, fenced.batches], ['fenced', 0])
  assert.deepEqual(await world.keys('out/'), [])
  const next = await trigger(handler, FIRST_MS + 2)
  assert.deepEqual([next.outcome, next.batches, next.records], ['committed', 1, 1])
  assert.equal(await textBelow(`out/words-${FIRST_MS}/`), 'a\n')
})

test('an invocation that has no time left begins nothing: stopped', async () => {
  world.clock.set(FIRST_MS)
  // What is given up before the deadline is not given up at once, as by a clock that jumps.
  const clock: Clock = { now: () => FIRST_MS, sleep: () => new Promise(() => {}) }
  const handler = createBatchHandler(wordCount, { ...world.options, clock })
  const result = await handler(ruleEvent(FIRST_MS), context(900))
  assert.deepEqual([result.outcome, result.batches], ['stopped', 0])
  assert.equal(await world.head('words'), undefined)
})

test('a clock far ahead of the trigger runs nothing, calls nothing and says so', async () => {
  const handler = createBatchHandler(wordCount, world.options)
  world.clock.set(FIRST_MS + 365 * 24 * 60 * MINUTE_MS)
  world.cloud.calls.reset()
  const result = await handler({ scheduledTime: new Date(FIRST_MS).toISOString() }, context())
  assert.deepEqual(result, { outcome: 'stopped', batches: 0, records: 0, reason: 'clock-far-ahead' })
  assert.equal(world.cloud.calls.count(), 0)
  assert.match(String(linesOf('clock-far-ahead')[0]?.message), /nothing was run/)
})

test('invocations that meet in one process share nothing: one works, the other finds the lease held', async () => {
  const handler = await begun(wordCount)
  await world.put('in/1', 'a\n')
  world.clock.set(FIRST_MS)
  const outcomes = await Promise.all([handler(null, context()), handler(null, context()), handler(null, context())])
  assert.equal(
    outcomes.reduce((sum, { records }) => sum + records, 0),
    1,
  )
  for (const { outcome } of outcomes) assert.ok(['committed', 'held', 'idle', 'fenced'].includes(outcome), outcome)
  assert.equal(await textBelow(`out/words-${FIRST_MS}/`), '(a,1)\n')
})

test('any event is a trigger', async () => {
  const handler = createBatchHandler(wordCount, world.options)
  world.clock.set(FIRST_MS)
  for (const event of [undefined, null, 'now', {}, [1], { time: 'soon' }]) {
    const result = await handler(event, context())
    assert.ok(['committed', 'idle'].includes(result.outcome))
  }
})

test('a failed batch rejects after it was recorded, keeps its plan, and is run again with the same data', async () => {
  let broken = true
  const app = defineApp({ name: 'words', batchInterval: minutes(1) }, (ssc) => {
    const lines = ssc.textFileStream('s3://data/in', { newFilesOnly: false })
    const upper = lines.map((line) => {
      if (broken && line === 'poison') throw new Error('cannot stand this line')
      return line.toUpperCase()
    })
    upper.saveAsTextFiles('s3://data/out/upper')
  })
  await world.put('in/1', 'fine\npoison\n')
  const handler = await begun(app)
  await assert.rejects(trigger(handler, FIRST_MS), (error: Error & { code?: string }) => {
    assert.equal(error.code, 'batch-failed')
    assert.match(error.message, new RegExp(`Batch ${FIRST_MS} ms failed`))
    assert.match(error.message, /cannot stand this line/)
    assert.match(error.message, /line 2 of s3:\/\/data\/in\/1/)
    return true
  })
  const head = await world.head('words')
  assert.match(head?.planned?.failure?.message ?? '', /cannot stand this line/)
  assert.equal(head?.lease, undefined, 'the next trigger need not wait')
  assert.equal(linesOf('batch-failed').length, 1)
  assert.deepEqual(await world.keys('out/'), [])

  await world.put('in/2', 'later\n')
  broken = false
  const result = await trigger(handler, FIRST_MS + MINUTE_MS)
  assert.deepEqual([result.outcome, result.batches], ['committed', 2])
  assert.equal(await textBelow(`out/upper-${FIRST_MS}/`), 'FINE\nPOISON\n')
  assert.equal(await textBelow(`out/upper-${FIRST_MS + MINUTE_MS}/`), 'LATER\n')
})

test('commits and failures are metrics of the application, in the namespace that alarms watch', async () => {
  let broken = false
  const app = defineApp({ name: 'words', batchInterval: minutes(1) }, (ssc) => {
    ssc.textFileStream('s3://data/in', { newFilesOnly: false }).foreachRDD(() => {
      if (broken) throw new Error('no')
    })
  })
  const handler = await begun(app)
  await trigger(handler, FIRST_MS)
  broken = true
  await assert.rejects(trigger(handler, FIRST_MS + MINUTE_MS))
  const values = world.metrics.map(({ BatchCommitted, BatchFailed, Application }) => ({
    BatchCommitted,
    BatchFailed,
    Application,
  }))
  assert.deepEqual(values, [
    { BatchCommitted: 1, BatchFailed: undefined, Application: 'words' },
    { BatchCommitted: undefined, BatchFailed: 1, Application: 'words' },
  ])
  for (const { _aws } of world.metrics) {
    const { CloudWatchMetrics } = _aws as { CloudWatchMetrics: { Namespace: string; Dimensions: string[][] }[] }
    assert.deepEqual(
      CloudWatchMetrics.map(({ Namespace, Dimensions }) => ({ Namespace, Dimensions })),
      [{ Namespace: 'Sluice', Dimensions: [['Application']] }],
    )
  }
})

test('nothing is read, opened or called before the first invocation', () => {
  const handler = createBatchHandler(wordCount, { ...world.options, checkpoint: 'nonsense' })
  assert.equal(typeof handler, 'function')
})

/** Somebody else leases the application, whoever has it. */
async function takeOver(app: string, untilMs: number): Promise<void> {
  const head = await world.head(app)
  assert.ok(head)
  const batchIntervalMs = head.batchIntervalMs
  const swapped = await world.register.swap(head.version, leased(head, { owner: 'other', untilMs, batchIntervalMs }))
  assert.equal(swapped.kind, 'ok')
}

/** The parts of an output, which must be complete. */
async function textBelow(prefix: string): Promise<string> {
  const keys = await world.keys(prefix)
  assert.ok(keys.includes(`${prefix}_SUCCESS`), `${prefix} is complete`)
  const parts = await Promise.all(keys.filter((key) => key.includes('/part-')).map((key) => world.get(key)))
  return parts.join('')
}
