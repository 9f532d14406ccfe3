import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openQueueSource } from '../../src/connectors/queue-source.ts'
import { queueSource } from '../../src/dstream/sources/queue-stream.ts'
import type { Source } from '../../src/ports/source.ts'
import { SparkContext } from '../../src/rdd/spark-context.ts'
import { FakeCommits, readAll } from './source-memory.ts'

function open(queue: readonly unknown[], options: Record<string, unknown> = {}): Source {
  const defaults = { queue: queue as never, oneAtATime: true, defaultRDD: undefined, partitions: 2 }
  return openQueueSource(queueSource<unknown>({ ...defaults, ...options }))
}

test('a batch takes one item, cut into partitions as parallelize cuts it', async () => {
  const source = open([[1, 2, 3], [4]])
  const commits = new FakeCommits()
  assert.deepEqual(await commits.batch(source), [[1], [2, 3]])
  assert.deepEqual(await commits.batch(source), [[], [4]])
})

test('a batch takes all items that are there when it is not to take one at a time', async () => {
  const queue = [[1], null, [2, 3]]
  const source = open(queue, { oneAtATime: false, partitions: 1 })
  const commits = new FakeCommits()
  assert.deepEqual(await commits.batch(source), [[1], [2, 3]])
  queue.push([4])
  assert.deepEqual(await commits.batch(source), [[4]])
})

test('an empty queue gives an empty dataset of one partition, or the default', async () => {
  const plan = async (defaultRDD: unknown) => {
    const source = open([], { defaultRDD })
    return readAll(source, await new FakeCommits().plan(source))
  }
  assert.deepEqual(await plan(undefined), [[]])
  assert.deepEqual(await plan(null), [])
  assert.deepEqual(await plan([]), [[], []])
  assert.deepEqual(await plan(['x', 'y']), [['x'], ['y']])
})

test('null is a batch without a dataset, which differs from an empty one', async () => {
  const source = open([null, [], [1]])
  const commits = new FakeCommits()
  const none = await commits.plan(source)
  assert.equal(none.noDataset, true)
  assert.deepEqual(none.ranges, [])
  commits.commit(source, none)
  const empty = await commits.plan(source)
  assert.equal(empty.noDataset, undefined)
  assert.equal(empty.records, 0)
  assert.equal(empty.more, true)
})

test('another process with the same queue reads the same batch again, and goes on where the commit ended', async () => {
  const queue = [['a'], ['b', 'c'], ['d']]
  const commits = new FakeCommits()
  await commits.batch(open(queue))
  const plan = await commits.plan(open(queue))
  assert.deepEqual(await readAll(open(queue), plan), [['b'], ['c']])
  commits.commit(open(queue), plan)
  assert.deepEqual(await commits.batch(open(queue)), [[], ['d']])
})

test('items that are datasets keep their partitions', async () => {
  const sparkContext = new SparkContext({})
  const dataset = sparkContext.parallelize(['a', 'b', 'c'], 3).map((x) => x.toUpperCase())
  assert.deepEqual(await new FakeCommits().batch(open([dataset])), [['A'], ['B'], ['C']])
})

test('a queue that is not the same any more is refused, never passed over', async () => {
  const commits = new FakeCommits()
  const queue = [['a', 'b'], ['c']]
  const plan = await commits.plan(open(queue))
  await assert.rejects(readAll(open([['a']]), plan), { code: 'source-changed', kind: 'data' })
  await commits.batch(open(queue))
  await commits.batch(open(queue))
  await assert.rejects(commits.plan(open([['a']])), { code: 'queue-shorter', kind: 'invalid' })
})

test('an element is described by its place', async () => {
  const source = open([['a', 'b', 'c']])
  const { ranges } = await new FakeCommits().plan(source)
  assert.ok(ranges[1])
  assert.equal(source.describe(ranges[1], 1), 'element 3 of item 1 of the queue')
})

test('a dataset of a queue whose computation failed is computed again by the next attempt, and once it is there no more', async () => {
  let computed = 0
  const dataset = new SparkContext().parallelize([1, 2], 1).mapPartitions((numbers) => {
    if (computed++ === 0) throw new Error('not there yet')
    return numbers
  })
  const source = open([dataset])
  const plan = await new FakeCommits().plan(source)
  await assert.rejects(readAll(source, plan), /not there yet/)
  for (let attempt = 0; attempt < 2; attempt++) assert.deepEqual(await readAll(source, plan), [[1, 2]])
  assert.equal(computed, 2)
})
