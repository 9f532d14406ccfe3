import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RDD } from '../../src/rdd/rdd.ts'
import { SparkContext } from '../../src/rdd/spark-context.ts'

/** Cases of Spark's own suites by their names, `suite: name`: a dataset and what it must hold. */
export type SparkCases = Readonly<Record<string, readonly [() => RDD<unknown>, readonly unknown[]]>>

export const sc = new SparkContext()

export const pairs = <K, V>(elements: [K, V][], partitions = 2) => sc.parallelize<[K, V]>(elements, partitions)

/** A test of each case, whose elements come in this order. */
export function inOrder(cases: SparkCases): void {
  for (const [name, [make, expected]] of Object.entries(cases)) {
    test(name, async () => assert.deepEqual(await make().collect(), expected))
  }
}

/** A test of each case, whose elements come in any order. */
export function inAnyOrder(cases: SparkCases): void {
  for (const [name, [make, expected]] of Object.entries(cases)) test(name, () => assertSame(make(), expected))
}

/** As multisets: Spark promises no order after a shuffle. */
export async function assertSame(actual: RDD<unknown>, expected: readonly unknown[]): Promise<void> {
  const text = (element: unknown) => JSON.stringify(element) ?? 'undefined'
  assert.deepEqual((await actual.collect()).map(text).sort(), expected.map(text).sort())
}
