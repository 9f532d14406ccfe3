import type { ReceiverInfo } from '../ports/receiver-event.ts'

/** What one input stream had for one batch. */
export interface StreamInputInfo {
  /** Its place among all input streams of the context, from 0. */
  readonly inputStreamId: number
  readonly numRecords: number
  /** `Description`: which files, shards or offsets, as the stream calls them. */
  readonly metadata: Readonly<Record<string, string>>
}

/** One output operation of one batch. Times in milliseconds since the epoch. */
export interface OutputOperationInfo {
  readonly batchTime: number
  /** Its place among the outputs that the batch has, from 0. */
  readonly id: number
  readonly name: string
  /** Where it was registered. */
  readonly description: string
  readonly startTime?: number
  readonly endTime?: number
  /** Milliseconds from start to end. */
  readonly duration?: number
  readonly failureReason?: string
}

/** What is known of one batch. Times in milliseconds since the epoch, delays in milliseconds; absent until known. */
export interface BatchInfo {
  readonly batchTime: number
  readonly streamIdToInputInfo: Readonly<Record<number, StreamInputInfo>>
  /** From when on the batch waited to be run. */
  readonly submissionTime: number
  readonly processingStartTime?: number
  readonly processingEndTime?: number
  readonly schedulingDelay?: number
  readonly processingDelay?: number
  readonly totalDelay?: number
  /** Records read, over all streams. */
  readonly numRecords: number
  readonly outputOperationInfos: Readonly<Record<number, OutputOperationInfo>>
}

/** What listeners are told, by the method that is called with it. */
export interface StreamingEvents {
  onStreamingStarted: { readonly time: number }
  onReceiverStarted: { readonly receiverInfo: ReceiverInfo }
  onReceiverError: { readonly receiverInfo: ReceiverInfo }
  onReceiverStopped: { readonly receiverInfo: ReceiverInfo }
  onBatchSubmitted: { readonly batchInfo: BatchInfo }
  onBatchStarted: { readonly batchInfo: BatchInfo }
  onBatchCompleted: { readonly batchInfo: BatchInfo }
  onOutputOperationStarted: { readonly outputOperationInfo: OutputOperationInfo }
  onOutputOperationCompleted: { readonly outputOperationInfo: OutputOperationInfo }
}

/**
 * Hears what becomes of receivers, batches and outputs, wherever the application runs. Called in order, apart from the
 * batches themselves: a listener that throws is logged, and holds nothing up.
 *
 * Of each batch: submitted, started, each output's start and end, completed. A batch without any dataset is not told of. One
 * whose attempt fails completes, too, with the reason at the output that failed, and is submitted again with the next attempt.
 *
 * @example
 * ```ts
 * const records: number[] = []
 * ssc.addStreamingListener({ onBatchCompleted: ({ batchInfo }) => records.push(batchInfo.numRecords) })
 * ```
 */
export type StreamingListener = {
  readonly [Name in keyof StreamingEvents]?: (event: StreamingEvents[Name]) => unknown
}
