import type { Benchmark } from './benchmark.ts'
import { emptyBatch } from './empty-batch.bench.ts'
import { wordCount } from './wordcount.bench.ts'

/** In the order in which they run. */
export const benchmarks: readonly Benchmark[] = [wordCount, emptyBatch]
