import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SparkContext } from '../../src/rdd/spark-context.ts'

const one = () => 1

test('a lineage is told dataset by dataset: names, levels, stages and their partitions', () => {
  const sc = new SparkContext()
  const words = sc.parallelize(['row', 'boat'], 3).setName('words')
  const ones = words.map((word) => [word, 1]).cache()
  const counts = ones.reduceByKey((a, b) => a + b, 12)
  const joined = counts.mapValues(one).join(ones.groupByKey(4), 2)
  assert.equal(
    joined.toDebugString(),
    [
      '(2) RDD[5]',
      ' +-(12) RDD[3]',
      ' |  |  RDD[2]',
      ' |  +-(3) RDD[1] [StorageLevel(memory, deserialized, 1 replicas)]',
      ' |     |  words RDD[0]',
      ' +-(4) RDD[4]',
      '    +-(3) RDD[1] [StorageLevel(memory, deserialized, 1 replicas)]',
      '       |  words RDD[0]',
    ].join('\n'),
  )
})

test('a dataset without parents is one line', () => {
  assert.equal(new SparkContext().emptyRDD().toDebugString(), '(0) RDD[0]')
})
