export type { BatchContext, BatchOutput } from './dstream/batch.ts'
export {
  type Application,
  type ApplicationOptions,
  buildGraph,
  defineApp,
  isApplication,
} from './dstream/define-app.ts'
export { DStream, MapWithStateDStream } from './dstream/dstream.ts'
export type { UpdateStateOptions } from './dstream/facade/state-operations.ts'
export { Graph, type StatefulOperator } from './dstream/graph.ts'
export type { GraphInput } from './dstream/graph-input.ts'
export { InputDStream } from './dstream/input-dstream.ts'
export type { InitialState } from './dstream/operators/initial-state.ts'
export type { IteratorUpdateFunction, KeyedUpdates } from './dstream/operators/iterator-update.ts'
export type { TimedUpdateFunction, UpdateFunction } from './dstream/operators/update-state-by-key.ts'
export type { ForeachFunction, Output, OutputOptions } from './dstream/output-node.ts'
export type { FilesLayoutOptions } from './dstream/outputs/files-layout.ts'
export { keyedWrites } from './dstream/outputs/keyed-writes.ts'
export type { FilesOptions, FilesOutputOptions, HadoopFilesOptions } from './dstream/outputs/save-as-files.ts'
export { Receiver, type ReceiverSupervisor, type SingleElement } from './dstream/receiver.ts'
export type { RetainOptions } from './dstream/retain-options.ts'
export { serializeBlock } from './dstream/serialize-block.ts'
export type { BadRecordOptions, DeadLetterQuota } from './dstream/sources/bad-records.ts'
export type { ComputedBatch, CutBatch } from './dstream/sources/computed-stream.ts'
export type { FileStreamOptions } from './dstream/sources/file-stream.ts'
export type { InitialPosition, KinesisRecord, KinesisStreamOptions } from './dstream/sources/kinesis-stream.ts'
export type { QueueItem } from './dstream/sources/queue-stream.ts'
export type { SocketConverter } from './dstream/sources/receiver-stream.ts'
export type { State } from './dstream/state.ts'
export type { StateCodec } from './dstream/state-codec.ts'
export { type MappingFunction, StateSpec, type TimedMappingFunction } from './dstream/state-spec.ts'
export type { StateVersionOptions } from './dstream/state-version.ts'
export { StreamBuilder } from './dstream/stream-builder.ts'
export { StreamingJobProgressListener } from './dstream/streaming-job-progress-listener.ts'
export type {
  BatchInfo,
  OutputOperationInfo,
  StreamInputInfo,
  StreamingEvents,
  StreamingListener,
} from './dstream/streaming-listener.ts'
export type { UpgradeOptions } from './dstream/upgrade-options.ts'
export type { KeyedStore, KeyedWrite } from './ports/keyed-store.ts'
export type { ReceiverInfo } from './ports/receiver-event.ts'
export { AccumulatorV2 } from './rdd/accumulators/accumulator.ts'
export { CollectionAccumulator } from './rdd/accumulators/collection-accumulator.ts'
export { DoubleAccumulator, LongAccumulator } from './rdd/accumulators/numeric-accumulators.ts'
export type { BoundedDouble } from './rdd/bounded-double.ts'
export { Broadcast } from './rdd/broadcast.ts'
export { RecordError } from './rdd/failure.ts'
export type { DecodedFile, FileDecoder } from './rdd/formats/decoder.ts'
export type { FormatName, PairFormatName, PairFormatOptions } from './rdd/formats/named-format.ts'
export { readObjectFile } from './rdd/formats/object-file.ts'
export {
  type ElementFormat,
  type FilePart,
  type JoinFiles,
  joinBytes,
  type OutputFormat,
  type PartEncoder,
  type PartFormat,
} from './rdd/formats/output-format.ts'
export { readSequenceFile } from './rdd/formats/read-sequence-file.ts'
export type { SequenceFileOptions } from './rdd/formats/sequence-file.ts'
export type { WritableName } from './rdd/formats/writables.ts'
export type { PipeOptions } from './rdd/nodes/pipe.ts'
export { HashPartitioner, type Partitioner } from './rdd/partitioner.ts'
export { RangePartitioner } from './rdd/range-partitioner.ts'
export { RDD } from './rdd/rdd.ts'
export type { RDDContext } from './rdd/rdd-context.ts'
export { type Settings, SparkConf } from './rdd/spark-conf.ts'
export { SparkContext } from './rdd/spark-context.ts'
export type { SparkContextOptions } from './rdd/spark-context-options.ts'
export { StatCounter } from './rdd/stat-counter.ts'
export { type StorageFlags, StorageLevel } from './rdd/storage-level.ts'
export { type Setting, type SettingType, STREAMING_SETTINGS } from './rdd/streaming-settings.ts'
export { type ErrorKind, isRetryable, SluiceError } from './util/errors.ts'
export { Interval } from './util/interval.ts'
export { Duration, milliseconds, minutes, seconds, Time } from './util/time.ts'
