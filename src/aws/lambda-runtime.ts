import { openers } from '../connectors/openers.ts'
import type { Application } from '../dstream/define-app.ts'
import type { Clock } from '../ports/clock.ts'
import type { Log } from '../ports/log.ts'
import type { Metrics } from '../ports/metrics.ts'
import { createRuntime } from '../scheduler/create-runtime.ts'
import type { Runtime } from '../scheduler/runtime.ts'
import type { OptionNames } from '../util/option-object.ts'
import type { CallTime } from './call-time.ts'
import { type ClientOptions, Clients } from './clients.ts'
import { CloudWatchMetrics } from './cloudwatch-metrics.ts'
import { kinesisByRegion } from './connections.ts'
import { DynamoHeadRegister } from './dynamo-head-register.ts'
import { type Deployment, readSettings } from './environment.ts'
import { jsonLog } from './json-log.ts'
import { kinesisSourceOpener } from './kinesis/kinesis-source.ts'
import { lambdaClock } from './lambda-clock.ts'
import { nodeGunzip } from './node-gunzip.ts'
import { openS3Storage } from './s3-storage.ts'

/** What both handlers take; everything has a default that suits Lambda. */
export interface LambdaOptions extends Deployment {
  /** Where AWS is; by default as the SDK finds it. */
  readonly aws?: ClientOptions
  readonly clock?: Clock
  /** Default: JSON lines on standard output. */
  readonly log?: Log
  /** Default: CloudWatch's embedded metric format on standard output, namespace `Sluice`. */
  readonly metrics?: Metrics
  /** Where `print()` writes; standard output by default. */
  readonly write?: (text: string) => void
}

/** For handlers to tell options from what are none. */
export const LAMBDA_NAMES: OptionNames<LambdaOptions> = {
  checkpoint: true,
  table: true,
  params: true,
  aws: true,
  clock: true,
  log: true,
  metrics: true,
  write: true,
}

/** Without the lines that only who debugs reads, as each is paid for. */
export function lambdaLog({ log, clock = lambdaClock }: LambdaOptions): Log {
  return log ?? { ...jsonLog({ clock }), debug() {} }
}

/**
 * Joins an application to S3, DynamoDB, Kinesis and CloudWatch, whose calls keep to `time`. Makes no call. Rejects settings that are missing or
 * malformed with code `bad-configuration`, parameters with what is wrong with them (kind `invalid`, both).
 */
export function createLambdaRuntime(app: Application, options: LambdaOptions, time?: CallTime): Runtime {
  const { checkpoint, table, params, memoryBytes, variables } = readSettings(options)
  const { clock = lambdaClock } = options
  const aws: ClientOptions = { environment: variables, ...options.aws }
  const clients = new Clients(aws, time)
  const storage = openS3Storage(clients, { clock })
  return createRuntime(app, params, {
    clock,
    register: new DynamoHeadRegister({ clients, table, clock }),
    checkpoint: storage.open(checkpoint),
    ...openers({
      storage,
      clock,
      write: options.write ?? ((text) => process.stdout.write(text)),
      kinesis: kinesisSourceOpener(kinesisByRegion(aws, time), clock),
      gunzip: nodeGunzip,
    }),
    storage,
    gunzip: nodeGunzip,
    log: lambdaLog(options),
    metrics: options.metrics ?? new CloudWatchMetrics({ clock }),
    memoryBytes,
  })
}
