import assert from 'node:assert/strict'
import { test } from 'node:test'
import { buildGraph, defineApp } from '../../src/dstream/define-app.ts'
import { settingsWithoutEffect } from '../../src/rdd/settings-without-effect.ts'
import { SparkConf } from '../../src/rdd/spark-conf.ts'
import { STREAMING_SETTINGS } from '../../src/rdd/streaming-settings.ts'
import { seconds } from '../../src/util/time.ts'

test('times take units, and without one the unit of their key', () => {
  const conf = new SparkConf()
  const blockInterval = (text: string | number) =>
    conf.set('spark.streaming.blockInterval', text).getMilliseconds('spark.streaming.blockInterval')
  assert.deepEqual(
    ['200ms', '30s', '5min', '2h', '1d', 250, '1500us'].map(blockInterval),
    [200, 30_000, 300_000, 7_200_000, 86_400_000, 250, 1],
  )
  conf.set('spark.streaming.fileStream.minRememberDuration', 90)
  assert.equal(conf.getMilliseconds('spark.streaming.fileStream.minRememberDuration'), 90_000)
})

test('what nobody sets has the default of its key', () => {
  const conf = new SparkConf()
  assert.equal(conf.getMilliseconds('spark.streaming.blockInterval'), 200)
  assert.equal(conf.getMilliseconds('spark.streaming.receiver.blockStoreTimeout'), 30_000)
  assert.equal(conf.getBoolean('spark.streaming.stopSparkContextByDefault'), true)
  assert.equal(conf.getNumber('spark.streaming.ui.retainedBatches'), 1_000)
  assert.equal(conf.getMilliseconds('spark.streaming.gracefulStopTimeout'), undefined)
  assert.equal(conf.getNumber('spark.of.somebody', 7), 7)
})

test('a bad value is refused when it is set, with what the key takes', () => {
  const bad: readonly [string, string | number | boolean, RegExp][] = [
    ['spark.streaming.blockInterval', 'soon', /a time, as in 200ms, 30s or 5min: soon/],
    ['spark.streaming.blockInterval', '-1s', /a time/],
    ['spark.streaming.stopGracefullyOnShutdown', 'yes', /true or false: yes/],
    ['spark.default.parallelism', '2.5', /a whole number from 0: 2\.5/],
    ['spark.streaming.backpressure.pid.minRate', 'fast', /a number: fast/],
    ['', 'x', /a key/],
  ]
  for (const [key, value, message] of bad)
    assert.throws(() => new SparkConf().set(key, value), { code: 'bad-setting', message })
  assert.equal(new SparkConf().set('spark.executor.memory', '4g').get('spark.executor.memory'), '4g')
})

test('each setting that does nothing says what takes its place, and only those', () => {
  for (const [key, { effect, instead }] of Object.entries(STREAMING_SETTINGS)) {
    assert.equal((effect === undefined) !== (instead === undefined), true, key)
  }
})

test('a clone goes its own way', () => {
  const conf = new SparkConf({ 'spark.app.name': 'a' })
  const clone = conf.clone().setAppName('b').setIfMissing('spark.app.name', 'c')
  assert.deepEqual(
    [conf, clone].map((settings) => settings.get('spark.app.name')),
    ['a', 'b'],
  )
})

test('an application takes its settings, too; what it says itself counts more', () => {
  const parallelism = (settings: { readonly defaultParallelism?: number }) => {
    const seen: (number | undefined)[] = []
    const conf = { 'spark.default.parallelism': 5 }
    const app = defineApp({ name: 'app', batchInterval: seconds(1), conf, ...settings }, (ssc) => {
      seen.push(ssc.sparkContext.defaultParallelism, ssc.conf.getNumber('spark.default.parallelism'))
    })
    buildGraph(app)
    return seen
  }
  assert.deepEqual(parallelism({}), [5, 5])
  assert.deepEqual(parallelism({ defaultParallelism: 3 }), [3, 5])
})

test('what is set and does nothing is told, with what takes its place; what is unknown, without', () => {
  const conf = new SparkConf({
    'spark.app.name': 'told',
    'spark.master': 'local[2]',
    'spark.executor.memory': '4g',
    'spark.streaming.blockInterval': '1s',
    'spark.streaming.unpersist': true,
    'spark.streaming.concurrentJobs': 4,
    'spark.streaming.blockIntervall': '1s',
  })
  assert.deepEqual(settingsWithoutEffect(conf), [
    { key: 'spark.streaming.concurrentJobs', instead: 'batches run one after the other' },
    { key: 'spark.streaming.blockIntervall', instead: undefined },
  ])
})
