import { SparkConf } from '../rdd/spark-conf.ts'
import type { BatchInfo, StreamingEvents } from './streaming-listener.ts'

const RETAINED_BATCHES = 'spark.streaming.ui.retainedBatches'

/**
 * Counts batches and records, and keeps the latest batches: what a page about an application shows. Records count as
 * received when their batch starts, as processed when it completes. How many batches are kept is a number, or what
 * `spark.streaming.ui.retainedBatches` says in the settings that are given.
 *
 * @example
 * ```ts
 * const progress = new StreamingJobProgressListener(ssc.conf)
 * ssc.addStreamingListener(progress)
 * progress.numUnprocessedBatches // 0
 * progress.numTotalCompletedBatches // 0
 * progress.numTotalReceivedRecords // 0
 * progress.numTotalProcessedRecords // 0
 * progress.waitingBatches // []
 * progress.runningBatches // []
 * progress.retainedCompletedBatches // []
 * progress.lastCompletedBatch // undefined
 * progress.lastReceivedBatch // undefined
 * ```
 */
export class StreamingJobProgressListener {
  readonly #retained: number
  readonly #waiting = new Map<number, BatchInfo>()
  readonly #running = new Map<number, BatchInfo>()
  readonly #completed: BatchInfo[] = []
  #totalCompleted = 0
  #received = 0
  #processed = 0

  constructor(retained: number | SparkConf = new SparkConf()) {
    this.#retained = typeof retained === 'number' ? retained : (retained.getNumber(RETAINED_BATCHES) ?? 0)
  }

  /** A batch waits. */
  onBatchSubmitted({ batchInfo }: StreamingEvents['onBatchSubmitted']): void {
    this.#waiting.set(batchInfo.batchTime, batchInfo)
  }
  /** A batch runs. */
  onBatchStarted({ batchInfo }: StreamingEvents['onBatchStarted']): void {
    this.#waiting.delete(batchInfo.batchTime)
    this.#running.set(batchInfo.batchTime, batchInfo)
    this.#received += batchInfo.numRecords
  }
  /** A batch is over. */
  onBatchCompleted({ batchInfo }: StreamingEvents['onBatchCompleted']): void {
    this.#waiting.delete(batchInfo.batchTime)
    this.#running.delete(batchInfo.batchTime)
    this.#completed.push(batchInfo)
    if (this.#completed.length > this.#retained) this.#completed.shift()
    this.#totalCompleted++
    this.#processed += batchInfo.numRecords
  }

  /** Batches that are not completed. */
  get numUnprocessedBatches(): number {
    return this.#waiting.size + this.#running.size
  }
  /** Batches completed since the beginning. */
  get numTotalCompletedBatches(): number {
    return this.#totalCompleted
  }
  /** Records of the batches that have started. */
  get numTotalReceivedRecords(): number {
    return this.#received
  }
  /** Records of the batches that are completed. */
  get numTotalProcessedRecords(): number {
    return this.#processed
  }
  /** Submitted and not started. */
  get waitingBatches(): readonly BatchInfo[] {
    return [...this.#waiting.values()]
  }
  /** Started and not completed. */
  get runningBatches(): readonly BatchInfo[] {
    return [...this.#running.values()]
  }
  /** The latest completed ones, oldest first. */
  get retainedCompletedBatches(): readonly BatchInfo[] {
    return [...this.#completed]
  }
  /** The one with the latest time among those that are completed. */
  get lastCompletedBatch(): BatchInfo | undefined {
    return latest(this.#completed)
  }
  /** The one with the latest time among all. */
  get lastReceivedBatch(): BatchInfo | undefined {
    return latest([...this.#waiting.values(), ...this.#running.values(), ...this.#completed])
  }
}

function latest(batches: readonly BatchInfo[]): BatchInfo | undefined {
  return batches.reduce<BatchInfo | undefined>(
    (last, batch) => (last === undefined || batch.batchTime >= last.batchTime ? batch : last),
    undefined,
  )
}
