import type { Firing, OperationRun } from 'sluice/testing'
import type { ExecutableCase } from './case.ts'
import { orderCounts } from './order.ts'

/** What a run gave, in the notation of cases, beside what it must have given. */
export interface Comparison {
  readonly got: unknown
  readonly want: unknown
}

/** Both sides in a form in which they are equal exactly if the case holds. */
export function compared(given: ExecutableCase, run: OperationRun<unknown>): Comparison {
  const { params, expected } = given
  const datasets = run.firings.map((firing) => shown(given, firing))
  const batches = expected.includes(null) ? run.times.map((_, i) => datasets[firingAt(run, i)] ?? null) : datasets
  const kept = params.dropEmpty ? batches.filter((batch) => !Array.isArray(batch) || batch.length > 0) : batches
  const times = run.firings.map(({ timeMs }) => timeMs)
  return {
    got: { batches: kept.map((batch) => ordered(given, batch)), ...(params.outputTimesMs ? { times } : {}) },
    want: {
      batches: expected.map((batch) => ordered(given, batch)),
      ...(params.outputTimesMs ? { times: params.outputTimesMs } : {}),
    },
  }
}

/** The elements of datasets, or of slices, each query's concatenated. */
export function comparedElements(given: ExecutableCase, batches: readonly (readonly unknown[])[]): Comparison {
  return {
    got: batches.map((batch) => ordered(given, plain(batch))),
    want: given.expected.map((batch) => ordered(given, batch)),
  }
}

function firingAt({ firings, times }: OperationRun<unknown>, batch: number): number {
  return firings.findIndex(({ timeMs }) => timeMs === times[batch])
}

function shown({ params }: ExecutableCase, { elements, partitions }: Firing<unknown>): unknown {
  if (params.partitionCountsOnly) {
    const all = elements.map(Number)
    return {
      partitions: partitions.length,
      elementsAsSet: [Math.min(...all), Math.max(...all)],
      count: new Set(all).size,
    }
  }
  return plain(params.byPartition ? partitions : elements)
}

/** As JSON has it: what the notation of cases cannot say is not compared. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value)) as unknown
}

function ordered(given: ExecutableCase, batch: unknown): unknown {
  const { params } = given
  if (!Array.isArray(batch)) return counted(batch)
  const inner = params.sortInner ? batch.map(sortedInside) : batch
  const distinct = params.dedupe ? [...new Map(inner.map((element) => [canonical(element), element])).values()] : inner
  return !orderCounts(given) || params.dedupe ? byText(distinct) : distinct
}

/** `elementsAsSet` holds the first and the last of a row of whole numbers: all between must be there. */
function counted(batch: unknown): unknown {
  if (typeof batch !== 'object' || batch === null || !('elementsAsSet' in batch)) return batch
  const [first, last] = batch.elementsAsSet as [number, number]
  return { count: last - first + 1, ...batch }
}

function sortedInside(element: unknown): unknown {
  return Array.isArray(element) ? byText(element.map(sortedArrays)) : element
}

function sortedArrays(value: unknown): unknown {
  return Array.isArray(value) ? byText(value.map(sortedArrays)) : value
}

function byText(values: readonly unknown[]): unknown[] {
  return values
    .map((value) => [canonical(value), value] as const)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([, value]) => value)
}

/** The same text for equal values: keys of objects in order. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([key, field]) => `${JSON.stringify(key)}:${canonical(field)}`).join(',')}}`
}
