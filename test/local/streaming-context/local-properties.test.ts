import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SparkConf } from '../../../src/rdd/spark-conf.ts'
import { SparkContext } from '../../../src/rdd/spark-context.ts'
import { Collected, contextFor } from './context.ts'

const KEYS = [
  'spark.jobGroup.id',
  'spark.job.description',
  'spark.job.interruptOnCancel',
  'customPropKey',
  'spark.streaming.internal.outputOpId',
]

test('StreamingContextSuite: start should set local properties of streaming jobs correctly', async (t) => {
  const ssc = contextFor(t)
  const { sparkContext } = ssc
  sparkContext.setJobGroup('non-streaming', 'non-streaming', true)
  sparkContext.setLocalProperty('customPropKey', 'value1')
  const seen = new Collected<string | undefined>()
  const stream = ssc.queueStream([['a']])
  for (let output = 0; output < 2; output++) {
    stream.foreachRDD((rdd) => seen.add(KEYS.map((key) => rdd.sparkContext.getLocalProperty(key))))
  }
  await ssc.start()
  sparkContext.setLocalProperty('customPropKey', 'value2')
  const [first, second] = await seen.atLeast(2)
  const [group, description, ...rest] = first ?? []
  assert.equal(group, undefined)
  assert.match(description ?? '', /^Streaming job from output operation 0, batch time \d+ ms$/)
  assert.deepEqual(rest, ['false', 'value1', '0'])
  assert.equal(second?.at(-1), '1')
  // The caller's own are as they were.
  assert.deepEqual(
    [KEYS[0], KEYS[2], KEYS[3]].map((key) => sparkContext.getLocalProperty(key ?? '')),
    ['non-streaming', 'true', 'value2'],
  )
})

test('a context made from settings has their name and parallelism, and hands them on', async (t) => {
  const conf = new SparkConf({ 'spark.app.name': 'settings', 'spark.default.parallelism': 3, 'spark.mykey': 'mine' })
  const sc = new SparkContext(conf)
  conf.set('spark.mykey', 'changed')
  assert.deepEqual([sc.appName, sc.defaultParallelism, sc.getConf().get('spark.mykey')], ['settings', 3, 'mine'])
  sc.getConf().set('spark.mykey', 'a copy')
  assert.equal(sc.getConf().get('spark.mykey'), 'mine')

  const ssc = contextFor(t, { name: 'Handed on', conf: new SparkConf({ 'spark.mykey': 'mine' }) })
  const seen = new Collected<string>()
  ssc
    .queueStream([['a']])
    .foreachRDD(({ sparkContext }) =>
      seen.add([
        sparkContext.getConf().get('spark.mykey'),
        sparkContext.getConf().get('spark.app.name'),
        sparkContext.applicationId,
      ]),
    )
  await ssc.start()
  assert.deepEqual((await seen.atLeast(1))[0], ['mine', 'Handed on', 'Handed-on'])
})
