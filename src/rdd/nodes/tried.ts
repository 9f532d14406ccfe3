import { isMistake, OperatorFailure } from '../failure.ts'
import { CHUNK_RECORDS, type Emit, type Node, type Task } from '../node.ts'

/** Records that come undecoded from outside, to see which are bad. */
export interface TriedRecords<R, T> {
  readonly partitions: number
  read(partition: number, signal: AbortSignal): AsyncIterable<readonly R[]>
  /** Throws when the record is bad. */
  decode(record: R): T
  /** Whether nobody needs to know more of this record. */
  isKnown(place: RecordPlace): boolean
  /** Called for each record at which decoding or a later function throws; may throw to end the trial. */
  failed(failure: RecordFailure<R>): void
}

/** Where a record is among those of a batch's input: its partition, and how many come before it there. */
export interface RecordPlace {
  readonly partition: number
  readonly index: number
}

export interface RecordFailure<R> extends RecordPlace {
  readonly record: R
  /** `map at word-count.ts:12`; absent if the record cannot be decoded. */
  readonly operator?: string
  readonly cause: unknown
}

/** Hands records on one by one, and goes on behind those that fail. The application's own mistakes fail as ever. */
export function triedNode<R, T>(tried: TriedRecords<R, T>): Node<T> {
  async function compute(partition: number, task: Task, emit: Emit<T>): Promise<void> {
    let index = 0
    for await (const chunk of tried.read(partition, task.signal)) {
      for (const record of chunk) {
        const place = { partition, index: index++ }
        if (!tried.isKnown(place)) tryRecord(tried, { ...place, record }, emit)
        const pause = index % CHUNK_RECORDS === 0 ? task.pause() : undefined
        if (pause) await pause
      }
    }
  }
  return { partitions: tried.partitions, dependencies: [], compute }
}

function tryRecord<R, T>(tried: TriedRecords<R, T>, at: RecordPlace & { readonly record: R }, emit: Emit<T>): void {
  let element: T
  try {
    element = tried.decode(at.record)
  } catch (cause) {
    tried.failed({ ...at, cause })
    return
  }
  try {
    emit(element)
  } catch (thrown) {
    if (!(thrown instanceof OperatorFailure) || isMistake(thrown.cause)) throw thrown
    tried.failed({ ...at, operator: String(thrown.site), cause: thrown.cause })
  }
}
