import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Metrics, MetricUnit } from '../../src/ports/metrics.ts'

export interface HandedOn {
  readonly name: string
  readonly value: number
  readonly unit: MetricUnit
  readonly dimensions: Readonly<Record<string, string>>
}

export interface MetricsSubject {
  readonly metrics: Metrics
  /** All that `flush` has handed on so far. */
  handedOn(): readonly HandedOn[]
}

/** What everything that takes measurements must do. */
export function metricsContract(name: string, make: () => MetricsSubject): void {
  describe(`${name} keeps the contract of metrics`, () => {
    test('a flush hands on each measurement once, with its unit and dimensions', async () => {
      const { metrics, handedOn } = make()
      metrics.record('BatchRecords', 3, 'Count', { Application: 'a' })
      metrics.record('BatchRecords', 5, 'Count', { Application: 'a' })
      metrics.record('BatchRecords', 7, 'Count', { Application: 'b', Stream: 's' })
      metrics.record('TotalDelay', 12.5, 'Milliseconds')
      metrics.record('StateSize', 0, 'Bytes', { Application: 'a' })
      assert.deepEqual(handedOn(), [])
      await metrics.flush()
      await metrics.flush()
      assertSame(handedOn(), [
        { name: 'BatchRecords', value: 3, unit: 'Count', dimensions: { Application: 'a' } },
        { name: 'BatchRecords', value: 5, unit: 'Count', dimensions: { Application: 'a' } },
        { name: 'BatchRecords', value: 7, unit: 'Count', dimensions: { Application: 'b', Stream: 's' } },
        { name: 'TotalDelay', value: 12.5, unit: 'Milliseconds', dimensions: {} },
        { name: 'StateSize', value: 0, unit: 'Bytes', dimensions: { Application: 'a' } },
      ])
    })
    test('what is recorded later goes with the next flush', async () => {
      const { metrics, handedOn } = make()
      metrics.record('A', 1, 'None')
      await metrics.flush()
      metrics.record('B', 2, 'None')
      assert.equal(handedOn().length, 1)
      await metrics.flush()
      assertSame(handedOn(), [
        { name: 'A', value: 1, unit: 'None', dimensions: {} },
        { name: 'B', value: 2, unit: 'None', dimensions: {} },
      ])
    })
    test('what is no number is left out; nothing recorded is no error', async () => {
      const { metrics, handedOn } = make()
      for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) metrics.record('A', value, 'Count')
      await metrics.flush()
      assert.deepEqual(handedOn(), [])
    })
    test('a batch may record thousands of measurements under hundreds of names', async () => {
      const { metrics, handedOn } = make()
      for (let i = 0; i < 3000; i++) metrics.record(`Name${i % 250}`, i, 'Count', { Application: 'a' })
      await metrics.flush()
      assert.equal(handedOn().length, 3000)
      assert.equal(new Set(handedOn().map(({ value }) => value)).size, 3000)
    })
  })
}

function assertSame(actual: readonly HandedOn[], expected: readonly HandedOn[]): void {
  const sorted = (all: readonly HandedOn[]) => all.map((each) => JSON.stringify(each, FIELDS)).sort()
  assert.deepEqual(sorted(actual), sorted(expected))
}

const FIELDS = ['name', 'value', 'unit', 'dimensions', 'Application', 'Stream']
