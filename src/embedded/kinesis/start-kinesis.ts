import { createServer, type IncomingMessage } from 'node:http'
import { accessKeyIdOf } from '../http/credentials.ts'
import type { Call, Fault } from '../http/fault-plan.ts'
import { jsonError, readJsonCall } from '../http/json-call.ts'
import type { Reply } from '../http/reply.ts'
import { type Protocol, type RunningServer, type ServerOptions, serve, type Work } from '../http/service.ts'
import { ServiceError } from '../http/service-error.ts'
import { getRecords, getShardIterator } from './get-operations.ts'
import type { Input } from './input.ts'
import type { Answer, Operation } from './operation.ts'
import { putRecord, putRecords } from './put-operations.ts'
import { decodeIterator } from './shard-iterator.ts'
import { listShards, mergeShards, splitShard } from './shard-operations.ts'
import {
  createStream,
  decreaseRetention,
  deleteStream,
  describeStream,
  describeStreamSummary,
  increaseRetention,
  listStreams,
} from './stream-operations.ts'
import { Streams, streamNameOf } from './streams.ts'

const OPERATIONS: Readonly<Record<string, Operation>> = {
  CreateStream: createStream,
  DeleteStream: deleteStream,
  DescribeStream: describeStream,
  DescribeStreamSummary: describeStreamSummary,
  ListStreams: listStreams,
  IncreaseStreamRetentionPeriod: increaseRetention,
  DecreaseStreamRetentionPeriod: decreaseRetention,
  ListShards: listShards,
  SplitShard: splitShard,
  MergeShards: mergeShards,
  PutRecord: putRecord,
  PutRecords: putRecords,
  GetShardIterator: getShardIterator,
  GetRecords: getRecords,
}

const JSON_TYPE = 'application/x-amz-json-1.1'

/** How to serve Kinesis. */
export interface KinesisOptions extends ServerOptions {
  /** Streams are kept here and survive restarts and the kill of the process; in memory if absent. */
  readonly directory?: string
  /** Milliseconds since 1970: arrival times, expiry of iterators, retention. */
  readonly now?: () => number
  /** Enforces what a real shard takes: 5 reads and 2 MB a second out, 1,000 records and 1 MB a second in. Off by default. */
  readonly enforceLimits?: boolean
}

/**
 * Starts a server that speaks the Kinesis Data Streams API (JSON 1.1 over HTTP/1.1) on 127.0.0.1.
 * An acknowledged record survives the kill of the process; nothing is synced to the disk, so not the loss of the machine.
 *
 * @throws SluiceError `port-unavailable`
 * @example
 * ```ts
 * import { KinesisClient, ListStreamsCommand } from '@aws-sdk/client-kinesis'
 * import { NodeHttpHandler } from '@smithy/node-http-handler'
 *
 * const { endpoint, close } = await startKinesis()
 * const credentials = { accessKeyId: 'any', secretAccessKey: 'any' }
 * const requestHandler = new NodeHttpHandler()
 * const client = new KinesisClient({ endpoint, requestHandler, region: 'us-east-1', credentials })
 * const { StreamNames } = await client.send(new ListStreamsCommand())
 * StreamNames // []
 * client.destroy()
 * await close()
 * ```
 */
export async function startKinesis(options: KinesisOptions = {}): Promise<RunningServer> {
  const { now = Date.now, enforceLimits: limited = false, directory } = options
  const streams = new Streams({ now, limited, directory })
  const running = await serve(createServer(), kinesisProtocol(streams, options.accessKeyId), options)
  const close = async () => {
    await running.close()
    streams.close()
  }
  return { ...running, close }
}

function kinesisProtocol(streams: Streams, accessKeyId: string | undefined): Protocol {
  return {
    service: 'kinesis',
    accept: async (request) =>
      workOf(streams, await readJsonCall(request), () => checkCredentials(request, accessKeyId)),
    faultError,
    refuse,
  }
}

function workOf(streams: Streams, { operation, input }: { operation: string; input: Input }, check: () => void): Work {
  const call: Call = { service: 'kinesis', operation, subject: subjectOf(input, streams.now()), input }
  const run = (fault?: Fault): Reply => {
    check()
    const perform = Object.hasOwn(OPERATIONS, operation) ? OPERATIONS[operation] : undefined
    if (!perform) throw new ServiceError(400, 'UnknownOperationException', `${operation} is not served here`)
    return { status: 200, headers: { 'content-type': JSON_TYPE }, body: bodyOf(perform(streams, input, fault)) }
  }
  return { call, run }
}

function subjectOf(input: Input, nowMs: number): string {
  try {
    if (typeof input.ShardIterator === 'string') return decodeIterator(input.ShardIterator, nowMs).streamName
    return streamNameOf(input)
  } catch {
    // What is wrong with it, the operation itself says.
    return ''
  }
}

function bodyOf(answer: Answer): string | readonly Buffer[] {
  if (answer === undefined) return ''
  return Array.isArray(answer) ? (answer as readonly Buffer[]) : JSON.stringify(answer)
}

function checkCredentials(request: IncomingMessage, accessKeyId: string | undefined): void {
  const given = accessKeyIdOf(request)
  if (given === undefined) {
    throw new ServiceError(400, 'MissingAuthenticationTokenException', 'Missing Authentication Token')
  }
  if (accessKeyId === undefined || given === accessKeyId) return
  const message = 'The security token included in the request is invalid.'
  throw new ServiceError(400, 'UnrecognizedClientException', message)
}

function faultError({ kind }: Fault, { operation, subject }: Call): ServiceError {
  if (kind === 'error-503') return new ServiceError(503, 'ServiceUnavailable', 'Service is unavailable')
  if (kind !== 'throttle') return new ServiceError(500, 'InternalFailure', 'Internal service failure')
  const aboutData = /^(Put|GetRecords)/.test(operation)
  if (!aboutData) return new ServiceError(400, 'LimitExceededException', `Rate exceeded for stream ${subject}.`)
  return new ServiceError(400, 'ProvisionedThroughputExceededException', `Rate exceeded for stream ${subject}.`)
}

function refuse(error: unknown): Reply {
  if (error instanceof ServiceError) return jsonError(error, JSON_TYPE)
  const message = `The embedded Kinesis failed: ${error instanceof Error ? error.stack : String(error)}`
  return jsonError(new ServiceError(500, 'InternalFailure', message), JSON_TYPE)
}
