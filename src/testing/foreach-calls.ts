import type { BatchObserver } from '../scheduler/batch-report.ts'

/** One call of a `foreachRDD` function that ended well. A batch that is run again calls it again, with the same token. */
export interface ForeachCall {
  /** Batch time, milliseconds. */
  readonly timeMs: number
  /** `output.token()`: the same in every attempt at the batch. */
  readonly token: string
  /** Of the dataset that it was called with. */
  readonly elements: readonly unknown[]
}

/** Notes calls by the names of their outputs. The elements are computed for it once more, after the function. */
export function foreachCalls(calls: Map<string, ForeachCall[]>): Pick<BatchObserver, 'foreachEnded'> {
  return {
    async foreachEnded({ output, batchTime, token, dataset }) {
      const elements = await dataset.collect()
      const known = calls.get(output) ?? []
      calls.set(output, [...known, { timeMs: batchTime, token, elements }])
    },
  }
}
