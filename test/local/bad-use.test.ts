import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import {
  type DStream,
  defineApp,
  milliseconds,
  type RDD,
  Receiver,
  SparkConf,
  type StreamBuilder,
  seconds,
} from '../../src/index.ts'
import { localEnvironment, runApplication } from '../../src/local/index.ts'
import { runApp } from '../../src/testing/index.ts'
import { Collected, contextFor, quiet } from './streaming-context/context.ts'

/** What programs do wrong, with what Spark says of it: the same wherever the graph is declared and run. */
const WRONG: Readonly<Record<string, { readonly says: string; declare(ssc: StreamBuilder): unknown }>> = {
  'a window that is no multiple of the slide': {
    says: 'The window duration of windowed DStream (30 ms) must be a multiple of the slide duration of parent DStream (20 ms)',
    declare: (ssc) => numbers(ssc).window(milliseconds(30)).print(),
  },
  'a slide that is no multiple of the parent’s': {
    says: 'The slide duration of windowed DStream (30 ms) must be a multiple of the slide duration of parent DStream (20 ms)',
    declare: (ssc) => numbers(ssc).window(milliseconds(40), milliseconds(30)).print(),
  },
  'a window with an inverse that is no multiple of the slide': {
    says: 'The window duration of ReducedWindowedDStream (30 ms) must be a multiple of the slide duration of parent DStream (20 ms)',
    declare: (ssc) =>
      numbers(ssc)
        .reduceByWindow(
          (a, b) => a + b,
          (a, b) => a - b,
          milliseconds(30),
          milliseconds(20),
        )
        .print(),
  },
  'different slides in a union': {
    says: 'Some of the DStreams have different slide durations',
    declare: (ssc) => numbers(ssc).union(slower(ssc)).print(),
  },
  'different slides in a join': {
    says: 'Some of the DStreams have different slide durations',
    declare: (ssc) =>
      numbers(ssc)
        .map((n) => [n, n])
        .join(slower(ssc).map((n) => [n, n]))
        .print(),
  },
  'no streams to unite': { says: 'Empty list of DStreams', declare: (ssc) => ssc.union([]) },
  'no output operations': {
    says: 'No output operations registered, so nothing to execute',
    declare: (ssc) => numbers(ssc),
  },
  'a transform that returns null': {
    says: 'Transform function must not return null. Return SparkContext.emptyRDD() instead to represent no element as the result of transformation',
    declare: (ssc) =>
      numbers(ssc)
        .transform(() => null as unknown as RDD<number>)
        .print(),
  },
  'a union with a stream that has no dataset': {
    says: 'Could not generate RDD from a parent for unifying at time',
    declare: (ssc) =>
      numbers(ssc)
        .union(ssc.queueStream<number>([null]))
        .print(),
  },
  'a transform of a stream that has no dataset': {
    says: "Couldn't generate RDD from parent at time",
    declare: (ssc) =>
      ssc
        .queueStream<number>([undefined])
        .transform((rdd) => rdd)
        .print(),
  },
  'remember said twice': {
    says: 'Remember duration already set as 1000 ms. Cannot set it as 2000 ms.',
    declare: (ssc) => {
      ssc.remember(seconds(1))
      ssc.remember(seconds(2))
    },
  },
  'a checkpoint interval below the slide': {
    says: 'which is lower than its slide time (20 ms). Please set it to at least 20 ms.',
    declare: (ssc) => numbers(ssc).checkpoint(milliseconds(10)),
  },
  'a checkpoint interval that is no multiple of the slide': {
    says: 'which is not a multiple of its slide time (20 ms). Please set it to a multiple of it.',
    declare: (ssc) => numbers(ssc).checkpoint(milliseconds(50)),
  },
  'streams of two contexts': {
    says: 'Some of the DStreams have different contexts',
    declare: (ssc) => ssc.union([numbers(ssc), numbers(other)]).print(),
  },
}

const BATCH = { name: 'wrong', batchInterval: milliseconds(20) }
const numbers = (ssc: StreamBuilder): DStream<number> => ssc.queueStream([[1], [2]])
const slower = (ssc: StreamBuilder): DStream<number> => numbers(ssc).window(milliseconds(40), milliseconds(40))
let other: StreamBuilder

/** Of a StreamingContext: when the program declares it, when it starts, or when its first batch runs. */
async function ofContext(t: TestContext, declare: (ssc: StreamBuilder) => unknown): Promise<void> {
  const ssc = contextFor(t)
  try {
    declare(ssc)
    await ssc.start()
    await ssc.awaitTermination()
  } finally {
    await ssc.stop()
  }
}

for (const [what, { says, declare }] of Object.entries(WRONG)) {
  test(`${what}: Spark’s words, from a context, an application and the test kit`, async (t) => {
    other = contextFor(t)
    const app = defineApp(BATCH, (ssc) => void declare(ssc))
    const ways = {
      context: () => ofContext(t, declare),
      application: () => runApplication(app, { batches: 1 }, localEnvironment({ log: quiet, write: () => {} })),
      kit: () => runApp(app, { batches: 1 }),
    }
    for (const [way, run] of Object.entries(ways)) {
      await assert.rejects(run, (error: Error) => {
        assert.ok(error.message.includes(says), `${way}: ${error.message}`)
        return true
      })
    }
  })
}

test('state without a checkpoint directory is refused at the start, and leaves the context stopped', async (t) => {
  const says = 'The checkpoint directory has not been set. Please set it by StreamingContext.checkpoint().'
  for (const stateful of [
    (s: DStream<number>) => s.map((n) => [n, n]).updateStateByKey<number>((values) => values.length),
    (s: DStream<number>) => s.countByWindow(milliseconds(40), milliseconds(20)),
    (s: DStream<number>) => s.checkpoint(milliseconds(20)),
  ]) {
    const ssc = contextFor(t)
    stateful(numbers(ssc)).print()
    await assert.rejects(ssc.start(), (error: Error) => error.message.startsWith(says))
    assert.equal(ssc.getState(), 'STOPPED')
  }
})

test('what is declared after the start or the stop is refused, as are other levels and intervals', async (t) => {
  const ssc = contextFor(t)
  const stream = numbers(ssc)
  stream.print()
  await ssc.start()
  const adding = 'Adding new inputs, transformations, and output operations after'
  const changes = {
    [`${adding} starting a context is not supported`]: () => stream.map((n) => n),
    'Cannot change storage level of a DStream after streaming context has started': () => stream.cache(),
    'Cannot change checkpoint interval of a DStream after streaming context has started': () =>
      stream.checkpoint(milliseconds(20)),
  }
  for (const [says, change] of Object.entries(changes)) {
    assert.throws(change, (error: Error) => error.message.startsWith(says))
  }
  await ssc.stop()
  const message = `${adding} stopping a context is not supported`
  assert.throws(() => stream.print(), { message })
})

test('of an application, too, nothing is declared once it is built', async () => {
  let late: StreamBuilder | undefined
  const app = defineApp(BATCH, (ssc) => {
    late = ssc
    numbers(ssc).print()
  })
  await runApp(app, { batches: 1 })
  assert.throws(() => late && numbers(late), { code: 'graph-closed', message: /after starting a context/ })
})

test('started twice a context only warns; stopped, it does not start; beside an active one no other does', async (t) => {
  const warnings: unknown[] = []
  const log = {
    ...quiet,
    warn: (_event: string, { message }: { readonly message?: unknown } = {}) => warnings.push(message),
  }
  const first = contextFor(t, { log: log as typeof quiet })
  const second = contextFor(t)
  for (const ssc of [first, second]) numbers(ssc).print()
  await first.start()
  await first.start()
  assert.deepEqual(warnings, ['StreamingContext has already been started'])
  await assert.rejects(second.start(), /^SluiceError: Only one StreamingContext may be started in this/)
  await first.stop()
  await first.stop()
  assert.equal(warnings.at(-1), 'StreamingContext has already been stopped')
  await assert.rejects(first.start(), /^SluiceError: StreamingContext has already been stopped$/)
})

test('what a receiver stores after it was stopped is refused', async (t) => {
  const refused = new Collected<string>()
  class Late extends Receiver<string> {
    onStart(): void {
      this.stop('enough')
    }
    onStop(): void {
      setTimeout(() => this.store('late').catch((error: Error) => refused.add([error.message])), 10)
    }
  }
  const ssc = contextFor(t)
  ssc.receiverStream(new Late()).print()
  await ssc.start()
  assert.deepEqual((await refused.atLeast(1))[0], [
    'Cannot add data as BlockGenerator has not been started or has been stopped',
  ])
})

test('a setting that does nothing is told to the log when the application starts', async (t) => {
  const told: unknown[] = []
  const log = { ...quiet, warn: (event: string, fields: unknown) => void told.push([event, fields]) }
  const conf = new SparkConf({ 'spark.streaming.concurrentJobs': 4, 'spark.streaming.blockInterval': '1s' })
  const ssc = contextFor(t, { name: 'settings', conf, log: log as typeof quiet })
  numbers(ssc).print()
  await ssc.start()
  const key = 'spark.streaming.concurrentJobs'
  assert.deepEqual(told, [
    ['setting-without-effect', { app: 'settings', key, instead: 'batches run one after the other' }],
  ])
})
