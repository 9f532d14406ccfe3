import type { Benchmark } from './benchmark.ts'
import { coldStart } from './cold-start.bench.ts'
import { emptyBatch } from './empty-batch.bench.ts'
import { kinesis } from './kinesis.bench.ts'
import { memory } from './memory.bench.ts'
import { wordCount } from './wordcount.bench.ts'

/** In the order in which they run. */
export const benchmarks: readonly Benchmark[] = [wordCount, emptyBatch, kinesis, memory, coldStart]
