import assert from 'node:assert/strict'
import { test } from 'node:test'
import { buildGraph, defineApp } from '../../src/dstream/define-app.ts'
import type { DStream } from '../../src/dstream/dstream.ts'
import { trialDatasets } from '../../src/dstream/trial.ts'
import { SparkContext } from '../../src/rdd/spark-context.ts'
import { seconds, Time } from '../../src/util/time.ts'
import { MemoryState } from './memory-state.ts'

type Words = DStream<string>

/** What is computed to try the first stream, whose records are `a` and `bb`; the second has `c`. */
async function tried(build: (words: Words, others: Words) => void): Promise<unknown[][]> {
  const app = defineApp({ name: 'test', batchInterval: seconds(1) }, (ssc) =>
    build(ssc.textFileStream('/in').uid('in'), ssc.textFileStream('/others').uid('others')),
  )
  const datasets = await trialDatasets(buildGraph(app), new Set(['in']), context())
  return Promise.all(datasets.map((dataset) => dataset.collect()))
}

function context(): Parameters<typeof trialDatasets>[2] {
  const sparkContext = new SparkContext()
  return {
    batchTime: new Time(1000),
    zeroTime: new Time(0),
    sparkContext,
    state: new MemoryState(),
    clockMs: 0,
    seed: 1,
    signal: new AbortController().signal,
    input: (uid) => sparkContext.parallelize(uid === 'in' ? ['a', 'bb'] : ['c'], 1),
  }
}

const add = (a: number, b: number): number => a + b

test('records are tried up to where they are shuffled', async () => {
  const datasets = await tried((words) =>
    words
      .map((word): [string, number] => [word, word.length])
      .reduceByKey(add)
      .map(([word]) => assert.fail(word))
      .print(),
  )
  assert.deepEqual(datasets, [
    [
      ['a', 1],
      ['bb', 2],
    ],
  ])
})

test('records are tried up to where a function takes whole datasets', async () => {
  const datasets = await tried((words) =>
    words
      .map((word) => word.length)
      .transform(() => assert.fail())
      .print(),
  )
  assert.deepEqual(datasets, [[1, 2]])
})

test('a stream that leads to another one that is tried is not tried on its own', async () => {
  const datasets = await tried((words) => {
    const lengths = words.map((word) => word.length)
    lengths.print()
    lengths.map((length) => length * 10).saveAsTextFiles('tens')
  })
  assert.deepEqual(datasets, [[10, 20]])
})

test('each branch is tried, and of other streams only what meets the records', async () => {
  const datasets = await tried((words, others) => {
    words.map((word) => word.length).print()
    words.union(others).print()
    others.map(() => assert.fail()).print()
  })
  assert.deepEqual(datasets, [
    [1, 2],
    ['a', 'bb', 'c'],
  ])
})
