import type { CaseBatch, ExecutableCase } from '../case.ts'
import { cut, type Dataset, elementsOf } from './dataset.ts'
import { applyPipeline } from './operators.ts'
import { Stream } from './stream.ts'

/** What a program must give. */
export interface ReferenceRun {
  readonly timesMs: readonly number[]
  readonly batches: readonly (readonly unknown[])[]
  /** The elements of each query, if the program has some. */
  readonly slices?: readonly (readonly unknown[])[]
  /** When it fails, and why; 0: it is refused. */
  readonly errorAtMs?: number
  readonly error?: string
}

/**
 * What Spark Streaming gives for a program, from its rules alone: a plain evaluation of all batches in one memory, which
 * shares nothing with the engine. A restart changes nothing of it.
 */
export function runReference(given: ExecutableCase): ReferenceRun {
  const { batchMs = 1000, numBatches = batchCount(given), queries } = given.params
  const timesMs: number[] = []
  const batches: (readonly unknown[])[] = []
  let timeMs = 0
  try {
    const stream = lastStream(given, batchMs)
    stream.validate()
    for (timeMs = batchMs; timeMs <= numBatches * batchMs; timeMs += batchMs) {
      const dataset = stream.at(timeMs)
      if (!dataset) continue
      timesMs.push(timeMs)
      batches.push(elementsOf(dataset))
    }
    const slices = queries?.map(([from, to]) => stream.slice(from, to).flatMap(elementsOf))
    return { timesMs, batches, ...(slices ? { slices } : {}) }
  } catch (error) {
    return { timesMs, batches, errorAtMs: timeMs, error: String(error) }
  }
}

function lastStream({ input = [], input2 = [], input3 = [], params }: ExecutableCase, slideMs: number): Stream {
  const source = (batches: readonly CaseBatch[]): Stream => {
    const compute = (timeMs: number): Dataset | undefined => {
      const batch = batches[timeMs / slideMs - 1]
      return batch === null ? undefined : cut(batch ?? [], params.numPartitions ?? 2)
    }
    return new Stream({ parents: [], slideMs, compute })
  }
  const sources = { input: source(input), input2: source(input2), input3: source(input3) }
  return applyPipeline(sources.input, params.pipeline, sources)
}

function batchCount({ input = [], input2 = [], input3 = [] }: ExecutableCase): number {
  return Math.max(input.length, input2.length, input3.length)
}
