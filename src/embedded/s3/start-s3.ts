import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { accessKeyIdOf } from '../http/credentials.ts'
import type { Call, Fault } from '../http/fault-plan.ts'
import type { Reply } from '../http/reply.ts'
import { type Protocol, type RunningServer, type ServerOptions, serve, type Work } from '../http/service.ts'
import { ServiceError } from '../http/service-error.ts'
import { BlobPool } from './blob-pool.ts'
import { MemoryBlobs } from './blobs.ts'
import { Catalog, type Change } from './catalog.ts'
import { FileBlobs } from './file-blobs.ts'
import { Journal } from './journal.ts'
import { route } from './route.ts'
import type { S3Context } from './s3-context.ts'
import { readS3Request, type S3Request } from './s3-request.ts'
import { element } from './xml.ts'

/** How to serve S3. */
export interface S3Options extends ServerOptions {
  /** Objects are kept here, as files, and survive restarts and the kill of the process; in memory if absent. */
  readonly directory?: string
  /** Milliseconds since 1970: when objects were last modified. */
  readonly now?: () => number
}

/**
 * Starts a server that speaks the S3 API with path-style addresses on 127.0.0.1.
 * With a directory, bodies are streamed to and from files, and an object is there whole or not at all, also after a kill;
 * nothing is synced to the disk, so the loss of the machine may lose what was acknowledged.
 *
 * @throws SluiceError `port-unavailable`
 * @example
 * ```ts
 * import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
 *
 * const { endpoint, close } = await startS3()
 * const credentials = { accessKeyId: 'any', secretAccessKey: 'any' }
 * const client = new S3Client({ endpoint, forcePathStyle: true, region: 'us-east-1', credentials })
 * await client.send(new CreateBucketCommand({ Bucket: 'songs' }))
 * client.destroy()
 * await close()
 * ```
 */
export async function startS3(options: S3Options = {}): Promise<RunningServer> {
  const { directory, now = Date.now } = options
  const pool = new BlobPool(directory === undefined ? new MemoryBlobs() : new FileBlobs(join(directory, 'blobs')))
  const journal = directory === undefined ? undefined : new Journal<Change>(join(directory, 'journal.log'))
  const catalog = new Catalog(pool, journal)
  const running = await serve(createServer(), s3Protocol({ catalog, pool, now }, options.accessKeyId), options)
  const close = async () => {
    await running.close()
    catalog.close()
  }
  return { ...running, close }
}

function s3Protocol(context: S3Context, accessKeyId: string | undefined): Protocol {
  return {
    service: 's3',
    accept: (message) => workOf(context, readS3Request(message), accessKeyId),
    faultError,
    refuse,
  }
}

function workOf(context: S3Context, request: S3Request, accessKeyId: string | undefined): Work {
  const { operation, perform } = route(request)
  const { bucket, key } = request
  const call: Call = { service: 's3', operation, subject: key === '' ? bucket : `${bucket}/${key}` }
  const run = async (): Promise<Reply> => {
    checkCredentials(request.message, accessKeyId)
    const { headers, ...reply } = await perform(context, request)
    return { ...reply, headers: { 'x-amz-request-id': requestId(), ...headers } }
  }
  return { call, run }
}

function checkCredentials(message: IncomingMessage, accessKeyId: string | undefined): void {
  const given = accessKeyIdOf(message)
  if (given === undefined) throw new ServiceError(403, 'AccessDenied', 'Access Denied')
  if (accessKeyId === undefined || given === accessKeyId) return
  const text = 'The AWS Access Key Id you provided does not exist in our records.'
  throw new ServiceError(403, 'InvalidAccessKeyId', text)
}

function faultError({ kind }: Fault): ServiceError {
  switch (kind) {
    case 'throttle':
      return new ServiceError(503, 'SlowDown', 'Please reduce your request rate.')
    case 'error-503':
      return new ServiceError(503, 'ServiceUnavailable', 'Please reduce your request rate.')
    case 'conflict': {
      const text = 'The conditional request cannot succeed due to a conflicting operation against this resource.'
      return new ServiceError(409, 'ConditionalRequestConflict', text)
    }
    default:
      return new ServiceError(500, 'InternalError', 'We encountered an internal error. Please try again.')
  }
}

function refuse(error: unknown, message: IncomingMessage): Reply {
  const { status, code, message: text } = error instanceof ServiceError ? error : internal(error)
  const id = requestId()
  const headers = { 'content-type': 'application/xml', 'x-amz-request-id': id }
  // An answer to HEAD has no body; its status is all that the client learns.
  if (message.method === 'HEAD') return { status, headers }
  const resource = (message.url ?? '').split('?')[0]
  const elements = [
    element('Code', code),
    element('Message', text),
    element('Resource', resource),
    element('RequestId', id),
  ]
  return { status, headers, body: `<?xml version="1.0" encoding="UTF-8"?>\n${element('Error', elements)}` }
}

function internal(error: unknown): ServiceError {
  const text = `The embedded S3 failed: ${error instanceof Error ? error.stack : String(error)}`
  return new ServiceError(500, 'InternalError', text)
}

function requestId(): string {
  return randomUUID().replaceAll('-', '').slice(0, 16).toUpperCase()
}
