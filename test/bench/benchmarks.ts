import type { Benchmark } from './benchmark.ts'
import { coldStart } from './cold-start.bench.ts'
import { emptyBatch } from './empty-batch.bench.ts'
import { kinesis } from './kinesis.bench.ts'
import { mapWithState } from './map-with-state.bench.ts'
import { memory } from './memory.bench.ts'
import { restore } from './restore.bench.ts'
import { updateState } from './update-state.bench.ts'
import { window } from './window.bench.ts'
import { wordCount } from './wordcount.bench.ts'

/** In the order in which they run. */
export const benchmarks: readonly Benchmark[] = [
  wordCount,
  updateState,
  mapWithState,
  window,
  emptyBatch,
  kinesis,
  memory,
  restore,
  coldStart,
]
