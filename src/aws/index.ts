export {
  type BatchHandler,
  type BatchHandlerOptions,
  type BatchHandlerResult,
  createBatchHandler,
  type InvocationContext,
} from './batch-handler.ts'
export { type ClientOptions, Clients } from './clients.ts'
export { HEAD_TABLE } from './dynamo-head-register.ts'
export { DynamoKeyedStore, type DynamoKeyedStoreOptions, KEYED_TABLE } from './dynamo-keyed-store.ts'
export type { Deployment } from './environment.ts'
export { createHttpHandler, type HttpHandler, type HttpHandlerOptions } from './http-handler.ts'
export type { LambdaOptions } from './lambda-runtime.ts'
