import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RDD } from '../../src/rdd/rdd.ts'
import { StorageLevel } from '../../src/rdd/storage-level.ts'
import { seconds } from '../../src/util/time.ts'
import { runApp } from './run-batches.ts'

test('what a stream persists is let go when its batch is over', async () => {
  const datasets: RDD<number>[] = []
  const levels = () => datasets.map((rdd) => rdd.getStorageLevel() !== StorageLevel.NONE)
  await runApp({ inputs: [['a', 'bb'].map((word) => [word])] }, (ssc) => {
    const lengths = ssc.queueStream<string>([]).map((word) => word.length)
    lengths.persist().foreachRDD((rdd) => {
      datasets.push(rdd)
      assert.deepEqual(levels(), datasets.length === 1 ? [true] : [false, true])
    })
  })
  assert.deepEqual(levels(), [false, false])
})

test('a persisted stream is computed once a batch, whoever uses it', async () => {
  for (const persist of [false, true]) {
    let calls = 0
    await runApp({ inputs: [[['a', 'b'], ['c']]] }, (ssc) => {
      const mapped = ssc.queueStream<string>([]).map((x) => {
        calls++
        return x
      })
      if (persist) mapped.cache()
      for (const _ of [1, 2, 3]) mapped.foreachRDD((rdd) => rdd.count())
    })
    assert.equal(calls, persist ? 3 : 9)
  }
})

test('a window forwards its storage level to the stream that it is made of', async () => {
  let calls = 0
  await runApp({ inputs: [[['a']]] }, (ssc) => {
    const mapped = ssc.queueStream<string>([]).map((x) => {
      calls++
      return x
    })
    mapped.window(seconds(2)).persist().print()
    mapped.foreachRDD((rdd) => rdd.count())
  })
  assert.equal(calls, 1)
})
