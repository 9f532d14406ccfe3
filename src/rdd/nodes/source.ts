import { CHUNK_RECORDS, type Emit, type Node, type Task } from '../node.ts'
import { pushAll } from '../push.ts'

/** Records that come from outside, read chunk by chunk as they are needed. */
export interface SourceNodeOptions<T> {
  readonly partitions: number
  /** The records of one partition, in order. Called once per computation of the partition; the same each time. */
  read(partition: number, signal: AbortSignal): AsyncIterable<readonly T[]>
  /** Hears how many records of a partition this computation has handed on so far. */
  noted?(partition: number, records: number): void
  /** Where record `index` of a partition is, for error messages. */
  describe(partition: number, index: number): string
}

export function sourceNode<T>({ partitions, read, noted, describe }: SourceNodeOptions<T>): Node<T> {
  async function compute(partition: number, task: Task, emit: Emit<T>): Promise<void> {
    const origin = { partition, describe: (index: number) => describe(partition, index) }
    let first = 0
    for await (const chunk of read(partition, task.signal)) {
      const pause = pushAll(chunk, emit, { task, origin, first })
      if (pause) await pause
      first += chunk.length
      noted?.(partition, first)
    }
  }
  return { partitions, dependencies: [], compute }
}

/** An array in slices: partition `i` of `n` holds the elements from `floor(i·length/n)` to before `floor((i+1)·length/n)`. */
export function parallelizeNode<T>(elements: readonly T[], partitions: number): Node<T> {
  const start = (partition: number): number => Math.floor((partition * elements.length) / partitions)
  async function compute(partition: number, task: Task, emit: Emit<T>): Promise<void> {
    const first = start(partition)
    const end = start(partition + 1)
    const origin = { partition, describe: (index: number) => `element ${index + 1} of the collection` }
    for (let at = first; at < end; at += CHUNK_RECORDS) {
      const slice = elements.slice(at, Math.min(at + CHUNK_RECORDS, end))
      await pushAll(slice, emit, { task, origin, first: at })
    }
  }
  return { partitions, dependencies: [], compute }
}
