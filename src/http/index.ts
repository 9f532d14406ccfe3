export { createHttpApp, type HttpAppOptions } from './create-http-app.ts'
export type { Health, HealthyWithin } from './health.ts'
export type { BatchList, ListedBatch, PlannedBatch } from './list-batches.ts'
export type { ReplayAnswer } from './replay-answer.ts'
