import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type RDD, SparkContext, StorageLevel } from 'sluice'
import { ownElement, ownElements } from '../../src/rdd/own-element.ts'

/** All objects within a value. */
function objectsIn(value: unknown, found = new Set<unknown>()): Set<unknown> {
  if (typeof value !== 'object' || value === null || found.has(value)) return found
  found.add(value)
  const parts = value instanceof Map || value instanceof Set ? [...value].flat() : Object.values(value)
  for (const part of parts) objectsIn(part, found)
  return found
}

test('a copy of data is equal, and shares no object with what it was made of', () => {
  const bare: object = Object.assign(Object.create(null), { a: [1] })
  const samples = [
    ['row', 1],
    { text: 'row', at: new Date(7), none: undefined, deep: { er: [[{}]] } },
    new Map<unknown, unknown>([[{ key: 1 }, new Set([[2]])]]),
    [new Uint8Array([1, 2]), new Float64Array([0.5]), new ArrayBuffer(3), Buffer.from('boat')],
    [bare, Object.fromEntries([['__proto__', { own: true }]])],
    new Array(2),
  ]
  for (const sample of samples) {
    const copy = ownElement(sample)
    assert.deepStrictEqual(copy, sample)
    const shared = [...objectsIn(copy)].filter((object) => objectsIn(sample).has(object))
    assert.deepEqual(shared, [])
  }
})

test('what was one object is one in the copy, also where it leads back to itself', () => {
  const shared = { n: 0 }
  const [a, b] = ownElement([shared, shared])
  assert.equal(a, b)
  const ring: { self?: unknown; items: unknown[] } = { items: [] }
  ring.self = ring
  ring.items.push(ring.items, ring)
  const copy = ownElement(ring)
  assert.notEqual(copy, ring)
  assert.equal(copy.self, copy)
  assert.deepEqual([copy.items[0] === copy.items, copy.items[1] === copy], [true, true])
})

test('objects of classes and functions stay what they are, and an array of scalars is not copied', () => {
  const url = new URL('https://example.com')
  assert.equal(ownElement(url), url)
  assert.equal(ownElement({ url }).url, url)
  const words = ['row', 'boat', 1, null, undefined]
  assert.equal(ownElements(words), words)
})

test('a job that changes the elements of a collection changes them for no other job', async () => {
  const elements = [{ n: 0 }, { n: 10 }]
  const counted = new SparkContext().parallelize(elements, 2).map((element) => ++element.n)
  assert.deepEqual(
    [await counted.collect(), await counted.collect()],
    [
      [1, 11],
      [1, 11],
    ],
  )
  assert.deepEqual(elements, [{ n: 0 }, { n: 10 }])
})

test('a reduction that adds into its first argument gives every job the same', async () => {
  const addInto = (a: { n: number }, b: { n: number }) => {
    a.n += b.n
    return a
  }
  const pairs = new SparkContext().parallelize([1, 2, 3, 4], 4).map((n): [string, { n: number }] => ['sum', { n }])
  const summed = pairs.reduceByKey(addInto, 2)
  for (const job of [1, 2, 3]) assert.deepEqual(await summed.collect(), [['sum', { n: 10 }]], `job ${job}`)
})

test('a job that changes what was shuffled changes it for no other job', async () => {
  const boxes = () =>
    new SparkContext().parallelize([3, 1, 2], 3).map((n): [{ key: number }, { n: number }] => [{ key: n }, { n }])
  const shuffled = [boxes().groupByKey(2), boxes().partitionBy(2), boxes().repartition(2), boxes().join(boxes(), 2)]
  for (const rdd of shuffled as RDD<[{ key: number }, unknown]>[]) {
    const before = JSON.stringify(await rdd.collect())
    await rdd.foreach(spoil)
    assert.equal(JSON.stringify(await rdd.collect()), before)
  }
})

test('jobs share what is persisted, but of levels that serialise in Spark each has its own', async () => {
  for (const [level, after] of [
    [StorageLevel.MEMORY_ONLY, 2],
    [StorageLevel.MEMORY_ONLY_SER, 1],
    [StorageLevel.DISK_ONLY, 1],
  ] as const) {
    const kept = new SparkContext().parallelize([{ n: 0 }], 1).persist(level)
    for (const _ of [1, 2]) await kept.foreach((element) => void element.n++)
    const seen = await kept.map((element) => element.n + (level === StorageLevel.MEMORY_ONLY ? 0 : 1)).collect()
    assert.deepEqual(seen, [after], String(level))
  }
})

test('an accumulator holds elements as they were when their task ended', async () => {
  const sc = new SparkContext()
  const seen = sc.collectionAccumulator<{ n: number }>()
  const note = (n: number) => {
    const element = { n }
    seen.add(element)
    return element
  }
  for (const element of await sc.parallelize([1, 2], 1).map(note).collect()) element.n = 77
  assert.deepEqual(seen.value, [{ n: 1 }, { n: 2 }])
})

/** Changes every object within an element. */
function spoil(element: unknown): void {
  for (const object of objectsIn(element)) Object.assign(object as object, { n: 77, key: 77, 0: 77 })
}
