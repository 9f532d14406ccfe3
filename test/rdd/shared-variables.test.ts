import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AccumulatorV2 } from '../../src/rdd/accumulators/accumulator.ts'
import { LongAccumulator } from '../../src/rdd/accumulators/numeric-accumulators.ts'
import { InProcessExecutor, type Stage } from '../../src/rdd/executor.ts'
import type { Task } from '../../src/rdd/node.ts'
import { SparkContext } from '../../src/rdd/spark-context.ts'
import { orElse } from '../../src/util/awaitable.ts'

/** Tries each task again that fails, as an executor elsewhere would. */
class RetryingExecutor extends InProcessExecutor {
  override run<R>(stage: Stage<R>, task: Task): Promise<R[]> {
    const run: Stage<R>['run'] = (...of) =>
      orElse(
        () => stage.run(...of),
        () => stage.run(...of),
      )
    return super.run({ ...stage, run, settle: stage.settle }, task)
  }
}

/** Fails each partition once, at its last element. */
function failingOnce(): (n: number) => void {
  const failed = new Set<number>()
  return (n) => {
    if (n % 5 !== 4 || failed.has(n)) return
    failed.add(n)
    throw new Error('once')
  }
}

class Words extends AccumulatorV2<string, ReadonlySet<string>> {
  #words = new Set<string>()
  get isZero(): boolean {
    return this.#words.size === 0
  }
  copy(): Words {
    const copy = new Words()
    copy.merge(this)
    return copy
  }
  reset(): void {
    this.#words.clear()
  }
  add(word: string): void {
    this.#words.add(word)
  }
  merge(other: Words): void {
    for (const word of other.value) this.add(word)
  }
  get value(): ReadonlySet<string> {
    return this.#words
  }
}

test('accumulators add up what the tasks of an action add, and what the program adds', async () => {
  const sc = new SparkContext()
  const long = sc.longAccumulator('long')
  const double = sc.doubleAccumulator()
  const all = sc.collectionAccumulator<number>('all')
  long.add(100)
  await sc.range(0, 10, 1, 3).foreach((n) => {
    long.add(n)
    double.add(n / 2)
    all.add(n)
  })
  assert.deepEqual([long.value, long.sum, long.count, long.avg], [145, 145, 11, 145 / 11])
  assert.equal(double.value, 22.5)
  assert.deepEqual([...all.value].sort(), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  assert.deepEqual([long.name, double.name, all.name], ['long', undefined, 'all'])
  assert.match(String(long), /^LongAccumulator\(id: \d+, name: Some\(long\), value: 145\)$/)
  long.reset()
  assert.ok(long.isZero)
})

test('a task that fails and is tried again counts once', async () => {
  const sc = new SparkContext({ executor: new RetryingExecutor() })
  const seen = sc.longAccumulator('seen')
  const fail = failingOnce()
  await sc.range(0, 20, 1, 4).foreach((n) => {
    seen.add(1)
    fail(n)
  })
  assert.equal(seen.value, 20)
})

test('a task that fails for good counts nothing, whatever other tasks of the job have counted', async () => {
  const sc = new SparkContext({ executor: new InProcessExecutor(1) })
  const seen = sc.longAccumulator()
  const job = sc.range(0, 10, 1, 2).foreach((n) => {
    seen.add(1)
    if (n === 9) throw new Error('for good')
  })
  await assert.rejects(job, /for good/)
  assert.equal(seen.value, 5)
})

test('additions are told apart by task across awaits, too', async () => {
  const sc = new SparkContext({ executor: new RetryingExecutor() })
  const seen = sc.longAccumulator()
  const fail = failingOnce()
  await sc.range(0, 20, 1, 4).foreachPartition(async (numbers) => {
    for await (const n of numbers) {
      await new Promise((resolve) => setImmediate(resolve))
      seen.add(1)
      fail(n)
    }
  })
  assert.equal(seen.value, 20)
})

test('in a transformation an accumulator counts as often as it is computed', async () => {
  const sc = new SparkContext()
  const mapped = sc.longAccumulator()
  const rdd = sc.range(0, 10).map((n) => {
    mapped.add(1)
    return n
  })
  assert.equal(mapped.value, 0)
  await rdd.count()
  await rdd.count()
  assert.equal(mapped.value, 20)
})

test('additions before a shuffle count once, however many jobs read it', async () => {
  const sc = new SparkContext()
  const mapped = sc.longAccumulator()
  const counts = sc
    .range(0, 10)
    .map((n) => {
      mapped.add(1)
      return [n % 2, n]
    })
    .reduceByKey((a, b) => a + b)
  await counts.collect()
  await counts.count()
  assert.equal(mapped.value, 10)
})

test('an accumulator of your own is merged by its own rules, and bound to no context', async () => {
  const words = new Words()
  assert.throws(() => words.id, { code: 'accumulator-unregistered' })
  assert.equal(String(words), 'Un-registered Accumulator: Words')
  new SparkContext().register(words, 'words')
  for (const batch of [
    ['row', 'boat'],
    ['row', 'ashore'],
  ]) {
    await new SparkContext().parallelize(batch, 2).foreach((word) => words.add(word))
  }
  assert.deepEqual([...words.value].sort(), ['ashore', 'boat', 'row'])
  assert.throws(() => new SparkContext().register(words), {
    code: 'accumulator-registered',
    message: /Cannot register an Accumulator twice/,
  })
})

test('numbers tell accumulators apart', () => {
  const sc = new SparkContext()
  assert.notEqual(sc.longAccumulator().id, sc.longAccumulator().id)
})

test('a long accumulator takes whole numbers only; unlike accumulators do not merge', async () => {
  const sc = new SparkContext()
  const long = sc.longAccumulator()
  assert.throws(() => long.add(0.5), { code: 'not-a-whole-number' })
  assert.throws(() => new LongAccumulator().merge(sc.doubleAccumulator()), {
    code: 'cannot-merge-accumulators',
    message: /Cannot merge LongAccumulator with DoubleAccumulator/,
  })
  await assert.rejects(
    sc.parallelize([1.5]).foreach((n) => long.add(n)),
    /takes whole numbers/,
  )
})

test('a broadcast is used until it is destroyed, by any context', async () => {
  const stopWords = new SparkContext().broadcast(new Set(['your']))
  const kept = (words: string[]) =>
    new SparkContext()
      .parallelize(words)
      .filter((word) => !stopWords.value.has(word))
      .collect()
  assert.deepEqual(await kept(['row', 'your', 'boat']), ['row', 'boat'])
  stopWords.unpersist()
  assert.deepEqual(await kept(['your', 'boat']), ['boat'])
  stopWords.destroy()
  await assert.rejects(kept(['row']), /Attempted to use Broadcast\(\d+\) after it was destroyed/)
  assert.throws(() => stopWords.value, { code: 'broadcast-destroyed', kind: 'invalid' })
  assert.throws(() => stopWords.unpersist(), { code: 'broadcast-destroyed' })
  assert.throws(() => stopWords.destroy(), { code: 'broadcast-destroyed' })
})

test('a dataset is not broadcast', () => {
  const sc = new SparkContext()
  assert.throws(() => sc.broadcast(sc.parallelize([1])), {
    code: 'broadcast-rdd',
    message: /Can not directly broadcast RDDs; instead, call collect\(\) and broadcast the result/,
  })
})
