/** One measured number, beside the same of a hand-written program where there is one. */
export interface Figure {
  readonly metric: string
  readonly value: number
  readonly unit: string
  /** The same measured on the hand-written program, in the same unit. */
  readonly reference?: number
}

export interface BenchmarkContext {
  /** Where inputs are kept from one run to the next. */
  readonly dataDirectory: string
  /** Tells people what is going on. */
  readonly say: (text: string) => void
}

/** One file of this folder a benchmark; `benchmarks.ts` lists them. */
export interface Benchmark {
  readonly name: string
  run(context: BenchmarkContext): Promise<readonly Figure[]>
}
