import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { InProcessExecutor, type Stage } from '../../src/rdd/executor.ts'
import type { Task } from '../../src/rdd/node.ts'
import type { RDD } from '../../src/rdd/rdd.ts'
import { sourceRDD } from '../../src/rdd/source-rdd.ts'
import { SparkContext } from '../../src/rdd/spark-context.ts'

/** Writes down which stages ran. */
class RecordingExecutor extends InProcessExecutor {
  readonly stages: string[] = []

  override run<R>(stage: Stage<R>, task: Task): Promise<R[]> {
    this.stages.push(`${stage.id}:${stage.partitions.join(',')}`)
    return super.run(stage, task)
  }
}

/** A source that counts how often it is read, and how far. */
function countingSource(sc: SparkContext, chunks: readonly (readonly number[])[], partitions = 1) {
  const reads = { opened: 0, chunks: 0, closed: 0 }
  const rdd = sourceRDD(sc, {
    partitions,
    async *read() {
      reads.opened++
      try {
        for (const chunk of chunks) {
          reads.chunks++
          yield chunk
        }
      } finally {
        reads.closed++
      }
    },
    describe: (partition, index) => `record ${index} of source ${partition}`,
  })
  return { rdd, reads }
}

test('narrow operators run in the stage of their source; each shuffle begins a stage', async () => {
  const executor = new RecordingExecutor()
  const sc = new SparkContext({ executor })
  const counts = sc
    .parallelize(['a', 'b', 'a'], 2)
    .map((word) => [word, 1])
    .filter(() => true)
    .reduceByKey((a, b) => a + b, 3)
  await counts.mapValues((n) => n + 1).collect()
  assert.deepEqual(executor.stages, ['shuffle-0:0,1', 'result-0:0,1,2'])
})

test('what an RDD shuffled is computed once and read by every later job', async () => {
  const sc = new SparkContext()
  const { rdd, reads } = countingSource(sc, [[1, 2, 3]])
  const shuffled = rdd.map((n) => [n % 2, n]).reduceByKey((a, b) => a + b)
  await shuffled.collect()
  await shuffled.count()
  await shuffled
    .mapValues((n) => n)
    .join(shuffled)
    .collect()
  assert.equal(reads.opened, 1)
})

test('take computes no more partitions than it needs and stops reading at once', async () => {
  const sc = new SparkContext()
  const mapped: number[] = []
  const { rdd, reads } = countingSource(sc, [[1, 2, 3], [4, 5], [6]], 9)
  const taken = await rdd
    .map((n) => {
      mapped.push(n)
      return n
    })
    .take(2)
  assert.deepEqual(taken, [1, 2])
  assert.deepEqual(mapped, [1, 2])
  assert.deepEqual(reads, { opened: 1, chunks: 1, closed: 1 })
})

test('a slow consumer holds the source back', async () => {
  const sc = new SparkContext()
  const chunks = Array.from({ length: 50 }, () => Array.from({ length: 5000 }, (_, i) => i))
  const { rdd, reads } = countingSource(sc, chunks)
  const lead: number[] = []
  let taken = 0
  await rdd.runPartitions(async (_, pulled) => {
    for await (const chunk of pulled) {
      taken += chunk.length
      lead.push(reads.chunks * 5000 - taken)
    }
  })
  assert.equal(taken, 250_000)
  assert.ok(Math.max(...lead) <= 15_000, `read ahead by ${Math.max(...lead)}`)
})

test('a consumer that stops early closes the source', async () => {
  const sc = new SparkContext()
  const chunks = Array.from({ length: 50 }, () => Array.from({ length: 5000 }, (_, i) => i))
  const { rdd, reads } = countingSource(sc, chunks)
  await rdd.foreachPartition(async (elements) => {
    for await (const _ of elements) break
  })
  assert.equal(reads.closed, 1)
  assert.ok(reads.chunks < 5, `${reads.chunks} chunks read`)
})

test('a job of one hot key, whose values are few and pairings many, lets timers run and ends, too', async () => {
  const hot = Array.from({ length: 4_000 }, (_, i): [string, number] => ['hot', i])
  const controller = new AbortController()
  const sc = new SparkContext({ signal: controller.signal })
  let paired = 0
  const joined = sc
    .parallelize(hot, 1)
    .join(sc.parallelize(hot, 1), 1)
    .filter(() => {
      if (++paired === 1) setTimeout(() => controller.abort(), 0)
      return true
    })
  await assert.rejects(joined.count(), { code: 'job-aborted', kind: 'retryable' })
  assert.ok(paired < hot.length ** 2, `${paired} pairings`)
})

test('a long job lets timers run and ends when its signal is aborted', async () => {
  const controller = new AbortController()
  const sc = new SparkContext({ signal: controller.signal })
  const { rdd } = countingSource(
    sc,
    Array.from({ length: 1_000_000 }, () => [1]),
  )
  setTimeout(() => controller.abort(), 5)
  await assert.rejects(rdd.count(), { code: 'job-aborted', kind: 'retryable' })
})

test('a job whose function takes a millisecond a record ends some hundred records after its signal is aborted', async () => {
  const controller = new AbortController()
  const sc = new SparkContext({ signal: controller.signal })
  let handled = 0
  const slow = sc
    .parallelize(
      Array.from({ length: 4_000 }, (_, i) => i),
      1,
    )
    .filter(() => {
      if (++handled === 1) setTimeout(() => controller.abort(), 0)
      for (const begun = performance.now(); performance.now() - begun < 1; );
      return true
    })
  await assert.rejects(slow.count(), { code: 'job-aborted', kind: 'retryable' })
  assert.ok(handled < 1_000, `${handled} records`)
})

test('a failed shuffle may be tried again', async () => {
  const sc = new SparkContext()
  let fail = true
  const keyed = sc.parallelize([1, 2]).map((n) => {
    if (fail) throw new Error('not yet')
    return [n, n]
  })
  const reduced = keyed.reduceByKey((a, b) => a + b)
  await assert.rejects(reduced.collect(), /not yet/)
  fail = false
  assert.equal(await reduced.count(), 2)
})

type Step = (rdd: RDD<number>) => RDD<number>
const steps: Record<string, Step> = {
  map: (rdd) => rdd.map((n) => n * 3 + 1),
  filter: (rdd) => rdd.filter((n) => n % 3 !== 0),
  flatMap: (rdd) => rdd.flatMap((n) => (n % 2 === 0 ? [n, n + 1] : [])),
  mapPartitions: (rdd) => rdd.mapPartitions((records) => records.filter((n) => n % 5 !== 0)),
  reduceByKey: (rdd) =>
    rdd
      .map((n) => [n % 7, n])
      .reduceByKey((a, b) => a + b)
      .map(([k, v]) => k + v),
  groupByKey: (rdd) =>
    rdd
      .map((n) => [n % 4, n])
      .groupByKey(3)
      .map(([k, vs]) => k + vs.length),
  distinct: (rdd) => rdd.distinct(),
  sortBy: (rdd) => rdd.sortBy((n) => -n),
  repartition: (rdd) => rdd.repartition(3),
  union: (rdd) => rdd.union(rdd.map((n) => n + 1)),
}
const anySteps = fc.array(fc.constantFrom(...Object.keys(steps)), { maxLength: 5 })
const anyInput = fc.array(fc.integer({ min: -50, max: 50 }), { maxLength: 40 })
const applied = (rdd: RDD<number>, names: readonly string[]): RDD<number> =>
  names.reduce((made, name) => steps[name]?.(made) ?? made, rdd)
const sorted = (numbers: readonly number[]): number[] => [...numbers].sort((a, b) => a - b)

test('any number of partitions gives the same multiset', async () => {
  await fc.assert(
    fc.asyncProperty(anyInput, anySteps, fc.integer({ min: 2, max: 9 }), async (input, names, partitions) => {
      const one = await applied(new SparkContext().parallelize(input, 1), names).collect()
      const many = await applied(new SparkContext().parallelize(input, partitions), names).collect()
      assert.deepEqual(sorted(many), sorted(one))
    }),
  )
})

test('fused operators give what they give one by one', async () => {
  await fc.assert(
    fc.asyncProperty(anyInput, anySteps, async (input, names) => {
      const fused = await applied(new SparkContext().parallelize(input, 3), names).collect()
      let partitions: number[][] = await new SparkContext().parallelize(input, 3).glom().collect()
      for (const name of names) {
        const chunks = partitions
        const sc = new SparkContext()
        const rdd = sourceRDD<number>(sc, {
          partitions: chunks.length,
          async *read(partition) {
            for (const n of chunks[partition] ?? []) yield [n]
          },
          describe: String,
        })
        partitions = await applied(rdd, [name]).glom().collect()
      }
      assert.deepEqual(partitions.flat(), fused)
    }),
  )
})

test('the order of elements is the same in every run, however many tasks run at once', async () => {
  await fc.assert(
    fc.asyncProperty(anyInput, anySteps, async (input, names) => {
      const run = (concurrency: number): Promise<number[]> =>
        applied(
          new SparkContext({ executor: new InProcessExecutor(concurrency) }).parallelize(input, 4),
          names,
        ).collect()
      assert.deepEqual(await run(1), await run(4))
    }),
  )
})
