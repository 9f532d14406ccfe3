import type { Chunks } from '../../ports/source.ts'
import { type Awaitable, andThen, eachInTurn, inTurn } from '../../util/awaitable.ts'
import { CHUNK_RECORDS, type Emit, type Node, type Task } from '../node.ts'
import { ownElements } from '../own-element.ts'
import { pushAll } from '../push.ts'

/** Records that come from outside, read chunk by chunk as they are needed. */
export interface SourceNodeOptions<T> {
  readonly partitions: number
  /** The records of one partition, in order. Called once per computation of the partition; the same each time. */
  read(partition: number, signal: AbortSignal): Chunks<T>
  /** Hears how many records of a partition this computation has handed on so far. */
  noted?(partition: number, records: number): void
  /** Where record `index` of a partition is, for error messages. */
  describe(partition: number, index: number): string
}

export function sourceNode<T>({ partitions, read, noted, describe }: SourceNodeOptions<T>): Node<T> {
  function compute(partition: number, task: Task, emit: Emit<T>): Awaitable<void> {
    const origin = { partition, describe: (index: number) => describe(partition, index) }
    let first = 0
    return eachChunk(read(partition, task.signal), (chunk) =>
      andThen(pushAll(chunk, emit, { task, origin, first }), () => {
        first += chunk.length
        noted?.(partition, first)
      }),
    )
  }
  return { partitions, dependencies: [], compute }
}

function eachChunk<T>(chunks: Chunks<T>, work: (chunk: readonly T[]) => Awaitable<void>): Awaitable<void> {
  if (Symbol.asyncIterator in chunks) return eachToCome(chunks, work)
  return eachInTurn(chunks, work)
}

async function eachToCome<T>(
  chunks: AsyncIterable<readonly T[]>,
  work: (chunk: readonly T[]) => Awaitable<void>,
): Promise<void> {
  for await (const chunk of chunks) {
    const done = work(chunk)
    if (done instanceof Promise) await done
  }
}

/** An array in slices: partition `i` of `n` holds the elements from `floor(i·length/n)` to before `floor((i+1)·length/n)`, copied for each task. */
export function parallelizeNode<T>(elements: readonly T[], partitions: number): Node<T> {
  const start = (partition: number): number => Math.floor((partition * elements.length) / partitions)
  function compute(partition: number, task: Task, emit: Emit<T>): Awaitable<void> {
    const first = start(partition)
    const end = start(partition + 1)
    const origin = { partition, describe: (index: number) => `element ${index + 1} of the collection` }
    return inTurn(Math.ceil((end - first) / CHUNK_RECORDS), (chunk) => {
      const at = first + chunk * CHUNK_RECORDS
      const own = ownElements(elements.slice(at, Math.min(at + CHUNK_RECORDS, end)))
      return pushAll(own, emit, { task, origin, first: at })
    })
  }
  return { partitions, dependencies: [], compute }
}
