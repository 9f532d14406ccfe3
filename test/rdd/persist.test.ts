import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pipedNode } from '../../src/rdd/node.ts'
import { PersistableNode } from '../../src/rdd/nodes/persistable.ts'
import { parallelizeNode } from '../../src/rdd/nodes/source.ts'
import { PartitionCache } from '../../src/rdd/partition-cache.ts'
import { RDD } from '../../src/rdd/rdd.ts'
import { sizeOf } from '../../src/rdd/size-of.ts'
import { SparkContext } from '../../src/rdd/spark-context.ts'
import { StorageLevel } from '../../src/rdd/storage-level.ts'

/** A dataset that counts how often its elements are computed. */
function counting(partitions = 2) {
  const computed = { count: 0 }
  const rdd = new SparkContext().range(0, 10, 1, partitions).map((n) => {
    computed.count++
    return n
  })
  return { rdd, computed }
}

test('a persisted dataset is computed once, for jobs of any kind and for what was derived before', async () => {
  const { rdd, computed } = counting()
  const even = rdd.filter((n) => n % 2 === 0)
  rdd.cache()
  assert.equal(await rdd.count(), 10)
  assert.deepEqual(await even.collect(), [0, 2, 4, 6, 8])
  assert.equal(await rdd.union(rdd).count(), 20)
  assert.equal(computed.count, 10)
})

test('what is no level is refused, and the level NONE keeps nothing', async () => {
  const { rdd, computed } = counting()
  assert.throws(() => rdd.persist('MEMORY_AND_DISK' as never), { code: 'bad-storage-level' })
  rdd.persist(StorageLevel.NONE)
  await rdd.count()
  await rdd.count()
  assert.equal(computed.count, 20)
  assert.equal(rdd.persist(StorageLevel.DISK_ONLY).getStorageLevel(), StorageLevel.DISK_ONLY)
})

test('jobs that ask for a partition at the same time wait for one computation', async () => {
  const { rdd, computed } = counting()
  rdd.persist()
  await Promise.all([rdd.count(), rdd.collect(), rdd.reduce((a, b) => a + b)])
  assert.equal(computed.count, 10)
})

test('a context of a later batch reads what an earlier one has computed', async () => {
  const { rdd, computed } = counting()
  await rdd.cache().count()
  const later = new SparkContext()
  assert.equal(await later.union([rdd, later.parallelize([1])]).count(), 11)
  assert.equal(computed.count, 10)
})

test('first keeps the one partition it needs', async () => {
  const { rdd, computed } = counting(5)
  rdd.cache()
  await rdd.first()
  await rdd.first()
  assert.equal(computed.count, 2)
})

test('unpersist lets go; the dataset is computed anew, and may be persisted at another level', async () => {
  const { rdd, computed } = counting()
  await rdd.persist(StorageLevel.MEMORY_ONLY).count()
  assert.equal(rdd.unpersist(), rdd)
  assert.equal(rdd.getStorageLevel(), StorageLevel.NONE)
  await rdd.count()
  assert.equal(computed.count, 20)
  assert.equal(rdd.persist(StorageLevel.DISK_ONLY).getStorageLevel(), StorageLevel.DISK_ONLY)
})

test('another level than before is refused, the same one is not', () => {
  const { rdd } = counting()
  rdd.persist(StorageLevel.MEMORY_ONLY).cache()
  assert.throws(() => rdd.persist(StorageLevel.MEMORY_AND_DISK), {
    code: 'storage-level-assigned',
    message: /Cannot change storage level of an RDD after it was already assigned a level/,
  })
})

test('a failure is not kept', async () => {
  let fail = true
  const rdd = new SparkContext()
    .range(0, 4)
    .map((n) => {
      if (fail) throw new Error('not yet')
      return n
    })
    .cache()
  await assert.rejects(rdd.count(), /not yet/)
  fail = false
  assert.equal(await rdd.count(), 4)
})

test('a job that is stopped takes nobody with it who waits for the same partition', async () => {
  const stopped = new AbortController()
  const source = new SparkContext({ signal: stopped.signal }).range(0, 2_000_000, 1, 1).cache()
  const later = new SparkContext()
  const first = source.count()
  const second = later.union([source]).count()
  stopped.abort()
  await assert.rejects(first, { code: 'job-aborted' })
  assert.equal(await second, 2_000_000)
})

test('a function that fails behind a persisted dataset is named with the element kept', async () => {
  const rdd = new SparkContext().range(0, 3, 1, 1).cache()
  const failing = rdd.foreach((n) => {
    if (n === 2) throw new Error('two')
  })
  await assert.rejects(failing, /foreach .* at persisted record 3: two/)
})

const numbers = (partitions: number) =>
  parallelizeNode(
    Array.from({ length: 10_000 * partitions }, (_, i) => i),
    partitions,
  )

test('a partition that is larger than the cache passes through it', async () => {
  const cache = new PartitionCache(1000)
  const node = new PersistableNode(numbers(1), cache)
  node.persist(StorageLevel.MEMORY_ONLY)
  assert.equal(await new RDD(new SparkContext(), node).count(), 10_000)
  assert.equal(cache.bytes, 0)
})

test('what was used longest ago makes room', async () => {
  const one = sizeOf(Array.from({ length: 10_000 }, (_, i) => i))
  const cache = new PartitionCache(3 * one)
  const [a, b, c] = [2, 1, 2].map((partitions) => {
    const node = new PersistableNode(numbers(partitions), cache)
    node.persist(StorageLevel.MEMORY_ONLY)
    return new RDD(new SparkContext(), node)
  }) as [RDD<number>, RDD<number>, RDD<number>]
  await a.count()
  await b.count()
  assert.equal(cache.bytes, 3 * one)
  await a.count()
  assert.equal(await c.count(), 20_000)
  assert.ok(cache.bytes <= 3 * one, `${cache.bytes} of ${3 * one}`)
  assert.deepEqual(await Promise.all([a.count(), b.count()]), [20_000, 10_000])
  assert.ok(cache.bytes <= 3 * one)
  for (const rdd of [a, b, c]) rdd.unpersist()
  assert.equal(cache.bytes, 0)
})

test('a dataset never makes room for itself: of one that is too large, the first partitions stay', async () => {
  const one = sizeOf(Array.from({ length: 10_000 }, (_, i) => i))
  let computed = 0
  const counted = pipedNode<number, number>(numbers(4), (next) => (n) => {
    computed++
    next(n)
  })
  const node = new PersistableNode(counted, new PartitionCache(3 * one))
  node.persist(StorageLevel.MEMORY_ONLY)
  const rdd = new RDD(new SparkContext(), node)
  for (const expected of [40_000, 50_000, 60_000]) {
    // One partition after the other, each time from the first.
    for await (const _ of rdd.toLocalIterator());
    assert.equal(computed, expected)
  }
})

test('sizes follow what elements hold', () => {
  const strings = (length: number) => sizeOf(Array.from({ length: 1000 }, () => 'x'.repeat(length)))
  assert.ok(strings(1000) > 10 * strings(10))
  assert.ok(sizeOf([new Uint8Array(10_000)]) > 10_000)
  assert.ok(sizeOf([{ list: Array.from({ length: 1000 }, (_, i) => i) }]) > 8000)
})

test('an object to which many others of its record refer counts once', () => {
  const people = Array.from({ length: 64 }, (): { friends: unknown[] } => ({ friends: [] }))
  for (const person of people) person.friends.push(...people)
  assert.ok(sizeOf([people]) < 1_000_000)
})

test("storage levels are Spark's", () => {
  const { useDisk, useMemory, useOffHeap, deserialized, replication } = StorageLevel.MEMORY_AND_DISK_SER_2
  assert.deepEqual(
    { useDisk, useMemory, useOffHeap, deserialized, replication },
    {
      useDisk: true,
      useMemory: true,
      useOffHeap: false,
      deserialized: false,
      replication: 2,
    },
  )
  assert.equal(String(StorageLevel.MEMORY_AND_DISK), 'StorageLevel(disk, memory, deserialized, 1 replicas)')
  assert.equal(String(StorageLevel.OFF_HEAP), 'StorageLevel(disk, memory, offheap, 1 replicas)')
  assert.equal(StorageLevel.NONE.isValid, false)
})

test('a local checkpoint names the disk, and is there when all has been computed', async () => {
  const { rdd, computed } = counting()
  assert.equal(rdd.persist(StorageLevel.MEMORY_ONLY).localCheckpoint(), rdd)
  assert.equal(rdd.getStorageLevel().useDisk, true)
  assert.equal(rdd.isCheckpointed, false)
  await rdd.first()
  assert.equal(rdd.isCheckpointed, false)
  await rdd.count()
  assert.equal(rdd.isCheckpointed, true)
  assert.equal(computed.count, 10)
})

test('datasets of a context have numbers, and names if they are given one', () => {
  const sc = new SparkContext()
  const rdd = sc.range(0, 3)
  assert.equal(rdd.map((n) => n).id, rdd.id + 1)
  assert.equal(rdd.name, undefined)
  assert.equal(rdd.setName('three').name, 'three')
  assert.equal(rdd.context, sc)
})
