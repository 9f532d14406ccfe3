import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { type TestContext, test } from 'node:test'
import { StreamingContext } from '../../../src/local/streaming-context.ts'
import { SystemClock } from '../../../src/local/system-clock.ts'
import { SparkConf } from '../../../src/rdd/spark-conf.ts'
import { SparkContext } from '../../../src/rdd/spark-context.ts'
import { milliseconds, seconds } from '../../../src/util/time.ts'
import { tempDirectory } from '../../contracts/temp-directory.ts'
import { Collected, contextFor, quiet } from './context.ts'

/** No rest lasts long. */
class HurriedClock extends SystemClock {
  override sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return super.sleep(Math.min(ms, 50), signal)
  }
}

/** Each look finds the next batch due. */
class LeapingClock extends HurriedClock {
  #looks = 0

  override now(): number {
    return super.now() + 20 * this.#looks++
  }
}

function running(t: TestContext): StreamingContext {
  const ssc = contextFor(t)
  ssc.queueStream([['a']]).print()
  return ssc
}

test('StreamingContextSuite: start and stop state check', async (t) => {
  const ssc = running(t)
  assert.equal(ssc.getState(), 'INITIALIZED')
  await ssc.start()
  assert.equal(ssc.getState(), 'ACTIVE')
  await ssc.stop()
  assert.equal(ssc.getState(), 'STOPPED')
  assert.equal(ssc.sparkContext.isStopped, true)
})

test('StreamingContextSuite: start multiple times', async (t) => {
  const ssc = running(t)
  await Promise.all([ssc.start(), ssc.start()])
  await ssc.start()
  assert.equal(ssc.getState(), 'ACTIVE')
})

test('StreamingContextSuite: stop multiple times', async (t) => {
  const ssc = running(t)
  await ssc.start()
  await Promise.all([ssc.stop(), ssc.stop()])
  await ssc.stop()
  assert.equal(ssc.getState(), 'STOPPED')
  await assert.rejects(ssc.start(), { code: 'context-stopped', message: /already been stopped/ })
})

test('StreamingContextSuite: stop before start', async (t) => {
  const ssc = running(t)
  await ssc.stop()
  assert.equal(ssc.getState(), 'STOPPED')
})

test('StreamingContextSuite: start failure should stop internal components', async (t) => {
  const ssc = contextFor(t)
  const ones = ssc.queueStream([['a']]).map((word) => [word, 1])
  ones.updateStateByKey<number>((ones, count = 0) => count + ones.length).print()
  const message = /The checkpoint directory has not been set\. Please set it by StreamingContext\.checkpoint\(\)\./
  await assert.rejects(ssc.start(), { code: 'no-checkpoint-directory', message })
  assert.equal(ssc.getState(), 'STOPPED')
  assert.equal(StreamingContext.getActive(), undefined)
})

test('a context without outputs does not start, and is stopped', async (t) => {
  const ssc = contextFor(t)
  ssc.queueStream([['a']])
  await assert.rejects(ssc.start(), { message: 'No output operations registered, so nothing to execute' })
  assert.equal(ssc.getState(), 'STOPPED')
})

test('StreamingContextSuite: stop only streaming context', async (t) => {
  const first = running(t)
  await first.start()
  await first.stop({ stopSparkContext: false })
  assert.equal(await first.sparkContext.parallelize([1, 2]).count(), 2)
  const conf = new SparkConf().set('spark.streaming.stopSparkContextByDefault', 'false')
  const second = contextFor(t, { conf })
  second.queueStream([['a']]).print()
  await second.start()
  await second.stop()
  assert.equal(second.sparkContext.isStopped, false)
})

test('StreamingContextSuite: stop(stopSparkContext=true) after stop(stopSparkContext=false)', async (t) => {
  const ssc = running(t)
  await ssc.start()
  await ssc.stop(false)
  assert.equal(ssc.sparkContext.isStopped, false)
  await ssc.stop(true)
  await assert.rejects(ssc.sparkContext.parallelize([1]).count(), { code: 'context-stopped' })
})

test('StreamingContextSuite: awaitTermination with error in task', async (t) => {
  const ssc = contextFor(t)
  ssc
    .queueStream([['a']])
    .map((): string => {
      throw new Error('error in map task')
    })
    .print()
  await ssc.start()
  await assert.rejects(ssc.awaitTerminationOrTimeout(10_000), /map task/)
  await assert.rejects(ssc.awaitTermination(), /map task/)
  assert.equal(ssc.getState(), 'ACTIVE')
})

test('StreamingContextSuite: awaitTermination with error in job generation', async (t) => {
  const ssc = contextFor(t)
  const cause = new TypeError('error in generation')
  ssc
    .queueStream([['a']])
    .transform(() => {
      throw cause
    })
    .print()
  await ssc.start()
  await assert.rejects(ssc.awaitTerminationOrTimeout(10_000), /error in generation/)
})

test('StreamingContextSuite: awaitTerminationOrTimeout', async (t) => {
  const ssc = running(t)
  await ssc.start()
  assert.equal(await ssc.awaitTerminationOrTimeout(50), false)
  const stopped = ssc.awaitTerminationOrTimeout(10_000)
  await ssc.stop()
  assert.equal(await stopped, true)
  await ssc.awaitTermination()
})

test('a timeout that is longer than the timers of Node is waited for', async (t) => {
  const ssc = running(t)
  await ssc.start()
  const ended = ssc.awaitTerminationOrTimeout(Number.MAX_SAFE_INTEGER)
  assert.equal(await Promise.race([ended, ssc.awaitTerminationOrTimeout(50)]), false)
  await ssc.stop()
  assert.equal(await ended, true)
})

test('StreamingContextSuite: getActive and getActiveOrCreate', async (t) => {
  const ssc = running(t)
  assert.equal(StreamingContext.getActive(), undefined)
  await ssc.start()
  assert.equal(StreamingContext.getActive(), ssc)
  const other = () => running(t)
  assert.equal(await StreamingContext.getActiveOrCreate(other), ssc)
  await ssc.stop()
  assert.equal(StreamingContext.getActive(), undefined)
  assert.notEqual(await StreamingContext.getActiveOrCreate(other), ssc)
})

test('StreamingContextSuite: multiple streaming contexts', async (t) => {
  const sparkContext = new SparkContext()
  const [first, second] = [1, 2].map(() => new StreamingContext(sparkContext, milliseconds(20), { log: quiet }))
  assert.ok(first && second)
  for (const ssc of [first, second]) ssc.queueStream([['a']]).foreachRDD(() => {})
  t.after(() => first.stop())
  await first.start()
  await assert.rejects(second.start(), { code: 'context-active', message: /StreamingContext/ })
  await first.stop(false)
  await second.start()
  await second.stop()
})

test('StreamingContextSuite: throw exception on using active or stopped context', async (t) => {
  const ssc = contextFor(t)
  const input = ssc.queueStream([['a']])
  input.print()
  await ssc.start()
  const additions = [
    () => ssc.queueStream([['b']]),
    () => input.map((word) => word),
    () => input.print(),
    () => ssc.union([input, input]),
  ]
  for (const add of additions) assert.throws(add, { code: 'graph-closed', message: /after start/ })
  await ssc.stop()
  for (const add of additions) assert.throws(add, { code: 'graph-closed', message: /after stop/ })
})

test('StreamingContextSuite: Creating an InputDStream but not using it should not crash', async (t) => {
  const ssc = contextFor(t)
  ssc.queueStream([['unused']])
  const seen = new Collected<string>()
  ssc.queueStream([['a']]).foreachRDD(async (rdd) => seen.add(await rdd.collect()))
  await ssc.start()
  assert.deepEqual((await seen.atLeast(2)).slice(0, 2), [['a'], []])
})

test('StreamingContextSuite: checkPoint from conf', () => {
  const conf = new SparkConf().setAppName('app').set('spark.streaming.checkpoint.directory', '/tmp/of-conf')
  assert.equal(new StreamingContext(conf, seconds(1)).checkpointDirectory, '/tmp/of-conf')
})

test('a context needs a name, an interval and what to begin with', () => {
  assert.throws(() => new StreamingContext(new SparkConf(), seconds(1)), { code: 'no-such-setting' })
  assert.throws(() => new StreamingContext('local', 'app', seconds(0)), { code: 'bad-context' })
  assert.throws(() => new StreamingContext({} as SparkConf, seconds(1)), { code: 'bad-context' })
  assert.equal(new StreamingContext('local[2]', 'My first app', seconds(1)).conf.get('spark.master'), 'local[2]')
})

test('remember is said once', (t) => {
  const ssc = contextFor(t)
  ssc.remember(seconds(3))
  assert.throws(() => ssc.remember(seconds(4)), { message: /Remember duration already set as 3000 ms/ })
})

test('a batch that failed is tried again, and awaitTermination goes on telling of it', async (t) => {
  const ssc = contextFor(t)
  const seen = new Collected<string>()
  let failures = 0
  ssc.queueStream([['a'], ['b']]).foreachRDD(async (rdd) => {
    if (failures++ === 0) throw new Error('once')
    seen.add(await rdd.collect())
  })
  await ssc.start()
  await assert.rejects(ssc.awaitTermination(), /once/)
  assert.deepEqual((await seen.atLeast(2)).slice(0, 2), [['a'], ['b']])
  await ssc.stop()
  await assert.rejects(ssc.awaitTermination(), /once/)
})

test('a graceful stop runs one more batch and all that are due, an abrupt one does not wait for them', async (t) => {
  for (const stopGracefully of [true, false]) {
    const ssc = contextFor(t, { batch: milliseconds(100) })
    const seen = new Collected<string>()
    const queue = [['a']]
    ssc.queueStream(queue).foreachRDD(async (rdd) => seen.add(await rdd.collect()))
    await ssc.start()
    await seen.atLeast(2)
    queue.push(['last'])
    await ssc.stop({ stopGracefully })
    const had = seen.batches.filter(([word]) => word === 'last').length
    if (stopGracefully) assert.equal(had, 1)
    else assert.ok(seen.batches.length <= 4)
  }
})

test('a function of a batch may stop its context: the stop does not wait for the batch, and the batch is finished', async (t) => {
  for (const options of [{}, { stopGracefully: true }, { stopSparkContext: false }]) {
    const ssc = contextFor(t)
    const seen = new Collected<string>()
    const after: string[] = []
    const stream = ssc.queueStream([['a'], ['b'], ['c']])
    stream.foreachRDD(async (rdd) => {
      seen.add(await rdd.collect())
      await ssc.stop(options)
      after.push(ssc.getState() === 'STOPPED' ? 'stopped' : 'stopping')
    })
    stream.foreachRDD(async (rdd) => void after.push(...(await rdd.collect())))
    await ssc.start()
    await ssc.awaitTermination()
    assert.equal(ssc.getState(), 'STOPPED')
    assert.deepEqual(seen.batches[0], ['a'])
    assert.deepEqual(after.slice(0, 2), ['stopping', 'a'])
    await ssc.stop(options)
    assert.equal(ssc.sparkContext.isStopped, options.stopSparkContext !== false)
  }
})

test('a function of transform may stop its context, too', async (t) => {
  const ssc = contextFor(t)
  ssc
    .queueStream([['a']])
    .transform(async (rdd) => {
      await ssc.stop()
      return rdd
    })
    .print()
  await ssc.start()
  await ssc.awaitTermination()
  assert.equal(ssc.getState(), 'STOPPED')
})

test('what a batch started and did not wait for stops the context like anybody else', async (t) => {
  const ssc = contextFor(t)
  const stopped = new Promise<string>((resolve) => {
    ssc.queueStream([['a']]).foreachRDD(() => {
      setTimeout(() => void ssc.stop().then(() => resolve(ssc.getState())), 30)
    })
  })
  await ssc.start()
  assert.equal(await stopped, 'STOPPED')
})

for (const [when, clock] of [
  ['after a while', new HurriedClock()],
  ['at once', new LeapingClock()],
] as const) {
  test(`a context starts whose first batch is due ${when}, and its stop leaves a function behind that never ends`, async (t) => {
    const ssc = contextFor(t, { clock })
    const begun = new Promise<void>((resolve) => {
      ssc.queueStream([['a']]).foreachRDD(() => {
        resolve()
        return new Promise(() => {})
      })
    })
    await ssc.start()
    await begun
    await ssc.stop()
    assert.equal(ssc.getState(), 'STOPPED')
  })
}

test('a graceful stop gives up a batch that fails again and again after its timeout', async (t) => {
  const conf = new SparkConf().set('spark.streaming.gracefulStopTimeout', '100ms')
  const ssc = contextFor(t, { conf })
  ssc.queueStream([['a']]).foreachRDD(() => {
    throw new Error('always')
  })
  await ssc.start()
  await assert.rejects(ssc.awaitTermination(), /always/)
  await ssc.stop({ stopGracefully: true })
  assert.equal(ssc.getState(), 'STOPPED')
})

test('a process that is asked to end stops its context in order, then ends by the signal', async (t) => {
  const directory = tempDirectory(t)
  const program = `
    import { SparkConf, milliseconds } from '../../../src/index.ts'
    import { StreamingContext } from '../../../src/local/index.ts'
    const conf = new SparkConf({ 'spark.app.name': 'app', 'spark.streaming.stopGracefullyOnShutdown': true })
    const ssc = new StreamingContext(conf, milliseconds(50))
    ssc.checkpoint(${JSON.stringify(directory)})
    ssc.queueStream([['a']]).foreachRDD((_, time) => console.log('batch ' + time))
    await ssc.start()
    await ssc.awaitTermination()
    console.log('stopped')`
  const args = ['--import', 'tsx', '--input-type=module', '--eval', program]
  const child = spawn(process.execPath, args, { cwd: import.meta.dirname, stdio: ['ignore', 'pipe', 'ignore'] })
  let text = ''
  child.stdout.on('data', (chunk) => {
    text += chunk
    // The second one comes when the context has started for certain; a second signal would end the process at once.
    if (!child.killed && /batch.*\nbatch/.test(text)) child.kill('SIGTERM')
  })
  const [, signal] = await once(child, 'close')
  assert.equal(signal, 'SIGTERM')
  assert.match(text, /stopped/)
})
