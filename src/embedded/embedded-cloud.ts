import { join } from 'node:path'
import { ownDirectory } from './directory-owner.ts'
import { startDynamoDb } from './dynamodb/start-dynamo-db.ts'
import { CallCounter } from './http/call-counter.ts'
import { FaultPlan } from './http/fault-plan.ts'
import type { RunningServer } from './http/service.ts'
import { startKinesis } from './kinesis/start-kinesis.ts'
import { startS3 } from './s3/start-s3.ts'

/** How to serve the three. */
export interface EmbeddedCloudOptions {
  /** Everything is kept here and survives restarts and the kill of the process; in memory if absent. */
  readonly directory?: string
  /** Free ones by default. */
  readonly ports?: { readonly s3?: number; readonly kinesis?: number; readonly dynamodb?: number }
  /** If set, calls signed with another access key id are refused as the services refuse them; by default all are accepted. */
  readonly accessKeyId?: string
  /** Milliseconds since 1970, for Kinesis and S3. */
  readonly now?: () => number
  /** Enforces the read and write limits of Kinesis shards; off by default. */
  readonly enforceLimits?: boolean
}

/** Kinesis, S3 and DynamoDB in this process. */
export interface EmbeddedCloud {
  /** For the SDK clients' `endpoint`. S3 needs `forcePathStyle: true`, Kinesis `requestHandler: new NodeHttpHandler()`. */
  readonly endpoints: { readonly s3: string; readonly kinesis: string; readonly dynamodb: string }
  /** What was called how often, for demonstrations and benchmarks. */
  readonly calls: CallCounter
  /** What is to go wrong, for tests. */
  readonly faults: FaultPlan
  /** Lets calls under way end and closes every connection; a second call does nothing. */
  close(): Promise<void>
}

/**
 * Starts servers on 127.0.0.1 that speak the Kinesis, S3 and DynamoDB protocols to the AWS SDK's clients.
 *
 * @throws SluiceError `directory-in-use`, `port-unavailable`, `dynalite-missing`
 * @example
 * ```ts
 * import { CreateBucketCommand } from '@aws-sdk/client-s3'
 * import { Clients } from 'sluice/aws'
 *
 * const cloud = await startEmbeddedCloud({ directory: 'data/cloud' })
 * const clients = new Clients({ endpoints: cloud.endpoints })
 * await clients.s3.send(new CreateBucketCommand({ Bucket: 'songs' }))
 * cloud.calls.count('s3') // 1
 * clients.destroy()
 * await cloud.close()
 * ```
 */
export async function startEmbeddedCloud(options: EmbeddedCloudOptions = {}): Promise<EmbeddedCloud> {
  const { directory, ports = {}, ...rest } = options
  const owner = directory === undefined ? undefined : await ownDirectory(directory)
  const calls = new CallCounter()
  const faults = new FaultPlan()
  const optionsOf = (service: 's3' | 'kinesis' | 'dynamodb') => ({
    ...rest,
    calls,
    faults,
    port: ports[service] ?? 0,
    ...(directory !== undefined && { directory: join(directory, service) }),
  })
  const starting = [startS3(optionsOf('s3')), startKinesis(optionsOf('kinesis')), startDynamoDb(optionsOf('dynamodb'))]
  const stop = async (servers: readonly RunningServer[]) => {
    await Promise.all(servers.map((server) => server.close()))
    await owner?.release()
  }
  const started = await Promise.allSettled(starting)
  const servers = started.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  const failure = started.find((result) => result.status === 'rejected')
  if (failure) {
    await stop(servers)
    throw failure.reason
  }
  const [s3, kinesis, dynamodb] = servers as [RunningServer, RunningServer, RunningServer]
  let closed: Promise<void> | undefined
  return {
    endpoints: { s3: s3.endpoint, kinesis: kinesis.endpoint, dynamodb: dynamodb.endpoint },
    calls,
    faults,
    close: () => {
      closed ??= stop(servers)
      return closed
    },
  }
}
