export { type DynamoDbOptions, startDynamoDb } from './dynamodb/start-dynamo-db.ts'
export {
  type EmbeddedCloud,
  type EmbeddedCloudOptions,
  startEmbeddedCloud,
} from './embedded-cloud.ts'
export { CallCounter, type CallCounts, type ServiceName } from './http/call-counter.ts'
export { type Call, type Fault, type FaultKind, FaultPlan } from './http/fault-plan.ts'
export type { RunningServer, ServerOptions } from './http/service.ts'
export { type KinesisOptions, startKinesis } from './kinesis/start-kinesis.ts'
export { type S3Options, startS3 } from './s3/start-s3.ts'
