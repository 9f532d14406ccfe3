import { isMistake, OperatorFailure } from '../failure.ts'
import { CHUNK_RECORDS, type Emit, type Node, type Task } from '../node.ts'

/** Records that come undecoded from outside, to see which are bad. */
export interface TriedRecords<R, T> {
  readonly partitions: number
  read(partition: number, signal: AbortSignal): AsyncIterable<readonly R[]>
  /** Throws when the record is bad. */
  readonly decode: (record: R) => T
  /** Of which records of a partition nobody needs to know more. */
  known(partition: number): (index: number) => boolean
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
    const isKnown = tried.known(partition)
    const attempt = attempting(tried, emit)
    for await (const chunk of tried.read(partition, task.signal)) {
      for (const record of chunk) {
        const failure = isKnown(index) ? undefined : attempt(record)
        if (failure) tried.failed({ ...failure, partition, index, record })
        index++
        const pause = index % CHUNK_RECORDS === 0 ? task.pause() : undefined
        if (pause) await pause
      }
    }
  }
  return { partitions: tried.partitions, dependencies: [], compute }
}

type Failed = Pick<RecordFailure<unknown>, 'operator' | 'cause'>

/** What is wrong with a record, if anything is. Of a good one no object is made. */
function attempting<R, T>(
  { decode }: Pick<TriedRecords<R, T>, 'decode'>,
  emit: Emit<T>,
): (record: R) => Failed | undefined {
  return (record) => {
    let element: T
    try {
      element = decode(record)
    } catch (cause) {
      return { cause }
    }
    try {
      emit(element)
      return undefined
    } catch (thrown) {
      if (!(thrown instanceof OperatorFailure) || isMistake(thrown.cause)) throw thrown
      return { operator: String(thrown.site), cause: thrown.cause }
    }
  }
}
