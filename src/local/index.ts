export type { BatchFailure, BatchObserver, BatchReport } from '../scheduler/batch-report.ts'
export type { Environment } from '../scheduler/create-runtime.ts'
export type {
  ActOptions,
  BeginOptions,
  ComparisonOptions,
  InspectOptions,
  ResetOptions,
  SavepointOptions,
  VerifyOptions,
} from './act-options.ts'
export { type ConsoleLogOptions, consoleLog } from './console-log.ts'
export type { StreamingContextOptions } from './context-arguments.ts'
export { type LocalOptions, localEnvironment } from './environment.ts'
export { type Measurement, MemoryMetrics } from './memory-metrics.ts'
export { Operator } from './operator.ts'
export { type RunOptions, type RunOutcome, runApplication } from './run-application.ts'
export { StatsReportListener, type StatsReportOptions } from './stats-report-listener.ts'
export type { StopOptions } from './stop-options.ts'
export { MemoryKeyedStore } from './stores/memory-keyed-store.ts'
export { type GetOrCreateOptions, StreamingContext, type StreamingContextState } from './streaming-context.ts'
