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
export { Graph, type GraphInput, type StatefulOperator } from './dstream/graph.ts'
export type { InitialState } from './dstream/operators/initial-state.ts'
export type { IteratorUpdateFunction, KeyedUpdates } from './dstream/operators/iterator-update.ts'
export type { TimedUpdateFunction, UpdateFunction } from './dstream/operators/update-state-by-key.ts'
export type { ForeachFunction, Output, OutputOptions } from './dstream/output-node.ts'
export type { FileStreamOptions } from './dstream/sources/file-stream.ts'
export type { InitialPosition, KinesisRecord, KinesisStreamOptions } from './dstream/sources/kinesis-stream.ts'
export type { QueueItem } from './dstream/sources/queue-stream.ts'
export type { State } from './dstream/state.ts'
export { type MappingFunction, StateSpec, type TimedMappingFunction } from './dstream/state-spec.ts'
export { StreamBuilder } from './dstream/stream-builder.ts'
export { RecordError } from './rdd/failure.ts'
export { HashPartitioner, type Partitioner } from './rdd/partitioner.ts'
export { RangePartitioner } from './rdd/range-partitioner.ts'
export { RDD } from './rdd/rdd.ts'
export type { RDDContext } from './rdd/rdd-context.ts'
export { SparkContext, type SparkContextOptions } from './rdd/spark-context.ts'
export { type ErrorKind, isRetryable, SluiceError } from './util/errors.ts'
export { Duration, milliseconds, minutes, seconds, Time } from './util/time.ts'
