import { mkdirSync } from 'node:fs'
import type { IncomingMessage, Server } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { accessKeyIdOf } from '../http/credentials.ts'
import type { Call, Fault } from '../http/fault-plan.ts'
import { type JsonCall, jsonError, readJsonCall } from '../http/json-call.ts'
import type { Reply } from '../http/reply.ts'
import { type Protocol, type RunningServer, type ServerOptions, serve, type Work } from '../http/service.ts'
import { ServiceError } from '../http/service-error.ts'
import { type DynaliteListener, loadDynalite } from './dynalite.ts'
import { type Forwarded, forward } from './forward.ts'
import { settleTables } from './settle-tables.ts'

/** How to serve DynamoDB. */
export interface DynamoDbOptions extends ServerOptions {
  /** Tables are kept here and survive restarts and the kill of the process; in memory if absent. */
  readonly directory?: string
}

const JSON_TYPE = 'application/x-amz-json-1.0'

/**
 * Starts a server that speaks the DynamoDB API on 127.0.0.1; the package `dynalite` does the work.
 * It has no transactions and no time to live.
 *
 * @throws SluiceError `dynalite-missing` if the package is not installed, `port-unavailable`
 * @example
 * ```ts
 * import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb'
 *
 * const dynamodb = await startDynamoDb()
 * const credentials = { accessKeyId: 'any', secretAccessKey: 'any' }
 * const client = new DynamoDBClient({ endpoint: dynamodb.endpoint, region: 'us-east-1', credentials })
 * const { TableNames } = await client.send(new ListTablesCommand())
 * TableNames // []
 * client.destroy()
 * await dynamodb.close()
 * ```
 */
export async function startDynamoDb(options: DynamoDbOptions = {}): Promise<RunningServer> {
  const dynalite = await loadDynalite()
  const { directory } = options
  if (directory !== undefined) {
    mkdirSync(directory, { recursive: true })
    await settleTables(directory)
  }
  const delays = { createTableMs: 0, updateTableMs: 0, deleteTableMs: 0 }
  const server = dynalite({ ...(directory !== undefined && { path: directory }), ...delays })
  const listener = takeListener(server)
  try {
    return await serve(server, dynamoDbProtocol(listener, options.accessKeyId), options)
  } catch (error) {
    await closeUnserved(server)
    throw error
  }
}

/** Closing lets go of the store only if the server listens. */
function closeUnserved(server: Server): Promise<void> {
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => server.close(() => resolve())))
}

/** dynalite's server stays the one that listens, as closing it is what closes the store. */
function takeListener(server: Server): DynaliteListener {
  const [listener] = server.listeners('request')
  server.removeAllListeners('request')
  return listener as DynaliteListener
}

function dynamoDbProtocol(listener: DynaliteListener, accessKeyId: string | undefined): Protocol {
  return {
    service: 'dynamodb',
    accept: async (request) => workOf(listener, { request, call: await readJsonCall(request), accessKeyId }),
    faultError,
    refuse,
  }
}

interface Accepted {
  readonly request: IncomingMessage
  readonly call: JsonCall
  readonly accessKeyId: string | undefined
}

function workOf(listener: DynaliteListener, { request, call, accessKeyId }: Accepted): Work {
  const { operation, input, body } = call
  const { method = 'POST', url = '/', headers } = request
  const run = async (): Promise<Reply> => {
    checkCredentials(request, accessKeyId)
    const forwarded = { method, url, headers, body }
    const reply = await forward(listener, forwarded)
    if (reply.status === 200 && TABLE_CHANGES.has(operation)) await settled(listener, forwarded, subjectOf(input))
    return reply
  }
  return { call: { service: 'dynamodb', operation, subject: subjectOf(input), input }, run }
}

const TABLE_CHANGES = new Set(['CreateTable', 'UpdateTable', 'DeleteTable'])

/** dynalite changes a table's status from a timer; the SDK's waiters would sleep for seconds if they asked before that. */
async function settled(listener: DynaliteListener, forwarded: Forwarded, table: string): Promise<void> {
  const headers = { ...forwarded.headers, 'x-amz-target': 'DynamoDB_20120810.DescribeTable' }
  const describe = { ...forwarded, headers, body: Buffer.from(JSON.stringify({ TableName: table })) }
  for (let attempt = 0; attempt < 100; attempt++) {
    const { body } = await forward(listener, describe)
    if (!/"TableStatus":"(CREATING|UPDATING|DELETING)"/.test(String(body))) return
    await sleep(2)
  }
}

/** The table; of a batch, its first. */
function subjectOf(input: Readonly<Record<string, unknown>>): string {
  const { TableName, RequestItems } = input
  if (typeof TableName === 'string') return TableName
  return typeof RequestItems === 'object' && RequestItems !== null ? (Object.keys(RequestItems)[0] ?? '') : ''
}

function checkCredentials(request: IncomingMessage, accessKeyId: string | undefined): void {
  const given = accessKeyIdOf(request)
  if (accessKeyId === undefined || given === accessKeyId) return
  const message = 'The security token included in the request is invalid.'
  throw new ServiceError(400, 'UnrecognizedClientException', message)
}

function faultError({ kind }: Fault, { operation }: Call): ServiceError {
  switch (kind) {
    case 'throttle': {
      if (/Table/.test(operation))
        return new ServiceError(400, 'ThrottlingException', 'Rate of requests exceeds the limit')
      const message =
        'The level of configured provisioned throughput for the table was exceeded. Consider increasing your provisioning ' +
        'level with the UpdateTable API.'
      return new ServiceError(400, 'ProvisionedThroughputExceededException', message)
    }
    case 'conflict':
      return new ServiceError(400, 'TransactionConflictException', 'Transaction is ongoing for the item')
    case 'error-503':
      return new ServiceError(503, 'ServiceUnavailable', 'The service is unavailable')
    default:
      return new ServiceError(
        500,
        'InternalServerError',
        'The request processing has failed because of an internal error',
      )
  }
}

function refuse(error: unknown): Reply {
  if (error instanceof ServiceError) return jsonError(error, JSON_TYPE)
  const message = `The embedded DynamoDB failed: ${error instanceof Error ? error.stack : String(error)}`
  return jsonError(new ServiceError(500, 'InternalServerError', message), JSON_TYPE)
}
