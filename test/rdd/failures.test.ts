import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RecordError } from '../../src/rdd/failure.ts'
import type { RDD } from '../../src/rdd/rdd.ts'
import { sourceRDD } from '../../src/rdd/source-rdd.ts'
import { SparkContext } from '../../src/rdd/spark-context.ts'

const boom = new Error('boom')
const failAt = (wanted: number) => (n: number) => {
  if (n === wanted) throw boom
  return n
}

/** Two partitions of 10,000 numbers in chunks of 1,000. */
function source(): RDD<number> {
  return sourceRDD(new SparkContext(), {
    partitions: 2,
    async *read(partition) {
      for (let chunk = 0; chunk < 10; chunk++) {
        yield Array.from({ length: 1000 }, (_, i) => partition * 10_000 + chunk * 1000 + i)
      }
    },
    describe: (partition, index) => `line ${index + 1} of file-${partition}`,
  })
}

async function failureOf(job: Promise<unknown>): Promise<RecordError> {
  const error = await job.then(
    () => assert.fail('the job did not fail'),
    (thrown: unknown) => thrown,
  )
  assert.ok(error instanceof RecordError, String(error))
  return error
}

test('a function that throws is reported with operator, partition, position and cause', async () => {
  const error = await failureOf(
    source()
      .filter(() => true)
      .map(failAt(12_345))
      .count(),
  )
  assert.equal(error.code, 'user-function-failed')
  assert.equal(error.kind, 'data')
  assert.match(error.operator, /^map at failures\.test\.ts:\d+$/)
  assert.equal(error.partition, 1)
  assert.equal(error.position, 'line 2346 of file-1')
  assert.equal(error.cause, boom)
  assert.match(error.message, /^map at failures\.test\.ts:\d+ failed in partition 1 at line 2346 of file-1: boom$/)
})

test('the position is that of the source record, however many records it became', async () => {
  const error = await failureOf(
    source()
      .flatMap((n) => [n, n])
      .mapPartitions((all) => all)
      .flatMap((n) => (n === 7 ? [0] : []))
      .count()
      .then(() =>
        source()
          .flatMap((n) => [n, n])
          .filter(failAt(5000))
          .count(),
      ),
  )
  assert.equal(error.position, 'line 5001 of file-0')
})

test('each operator names itself', async () => {
  const keyed = (): RDD<[number, number]> => source().map((n) => [n % 10, n])
  const twice = (f: (a: number, b: number) => number) => keyed().reduceByKey(f)
  const cases: [string, () => Promise<unknown>][] = [
    ['filter', () => source().filter(failAt(3)).count()],
    [
      'flatMap',
      () =>
        source()
          .flatMap((n) => [failAt(3)(n)])
          .count(),
    ],
    ['mapValues', () => keyed().mapValues(failAt(3)).count()],
    [
      'flatMapValues',
      () =>
        keyed()
          .flatMapValues((n) => [failAt(3)(n)])
          .count(),
    ],
    [
      'mapPartitions',
      () =>
        source()
          .mapPartitions((all) => all.map(failAt(3)))
          .count(),
    ],
    ['reduceByKey', () => twice((a, b) => failAt(13)(b) + a).count()],
    ['sortBy', () => source().sortBy(failAt(3)).collect()],
    ['reduce', () => source().reduce((a, b) => failAt(3)(b) + a)],
    ['foreach', () => source().foreach(failAt(3))],
    ['foreachPartition', () => source().foreachPartition(() => failAt(3)(3))],
  ]
  for (const [operator, run] of cases) {
    const error = await failureOf(run())
    assert.match(error.operator, new RegExp(`^${operator} at failures\\.test\\.ts:\\d+$`))
    assert.equal(error.cause, boom)
  }
})

test('a generator that throws while it is read is the user’s failure, too', async () => {
  function* items(n: number): Generator<number> {
    yield n
    if (n === 2) throw boom
  }
  const error = await failureOf(source().flatMap(items).count())
  assert.match(error.operator, /^flatMap/)
  assert.equal(error.position, 'line 3 of file-0')
})

test('a failure further up keeps its place when it comes through the user’s own loop', async () => {
  const error = await failureOf(
    source()
      .map(failAt(4))
      .foreachPartition(async (elements) => {
        for await (const _ of elements);
      }),
  )
  assert.match(error.operator, /^map at/)
  assert.equal(error.position, 'line 5 of file-0')
})

test('of several failures the first partition’s is reported', async () => {
  const failing = source().map((n) => {
    if (n % 10_000 === 9_999 || n === 10_000) throw boom
    return n
  })
  for (let i = 0; i < 3; i++) assert.equal((await failureOf(failing.count())).partition, 0)
})

test('a key that cannot be one is refused where it comes up', async () => {
  const keyed = source().map((n) => [n === 6 ? undefined : n, 1])
  const jobs = [
    () => keyed.reduceByKey((a) => a).count(),
    () => keyed.partitionBy(3).count(),
    () => keyed.groupByKey(2).count(),
    () => keyed.distinct().count(),
  ]
  for (const job of jobs) {
    const error = await failureOf(job())
    assert.equal(error.code, 'unsupported-key')
    assert.equal(error.kind, 'invalid')
    assert.equal(error.position, 'line 7 of file-0')
  }
})

test('a function of single elements that returns a promise is refused: nobody would wait for it', async () => {
  const later = async (): Promise<never> => {
    throw new Error('nobody hears of this')
  }
  const pairs = source().map((n) => [n % 10, n])
  const jobs: Record<string, Promise<unknown>> = {
    map: source().map(later).count(),
    filter: source().filter(later).count(),
    flatMap: source()
      .flatMap(later as never)
      .count(),
    mapValues: pairs.mapValues(later).count(),
    flatMapValues: pairs.flatMapValues(later as never).count(),
    reduceByKey: pairs.reduceByKey(later as never).count(),
    reduce: source().reduce(later as never),
    foreach: source().foreach(later),
    sortBy: source().sortBy(later).count(),
    sortByKey: pairs.sortByKey(true, 2, { compare: later as never }).count(),
  }
  for (const [operator, job] of Object.entries(jobs)) {
    const error = await failureOf(job)
    assert.deepEqual([error.code, error.kind], ['async-function', 'invalid'])
    assert.match(error.operator, new RegExp(`^${operator} at failures\\.test\\.ts`))
  }
})

test('a function that must return items and returns none that can be read is told so', async () => {
  for (const nothing of [undefined, null, 5]) {
    for (const job of [
      source().flatMap(() => nothing as never),
      source().mapPartitions(() => nothing as never),
      source()
        .map((n) => [n, n])
        .flatMapValues(() => nothing as never),
    ]) {
      const error = await failureOf(job.count())
      assert.equal(error.code, 'not-iterable')
      assert.match(error.message, /give \[\] for nothing/)
    }
  }
})
