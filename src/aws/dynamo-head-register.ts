import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type CreateTableCommandInput,
  GetItemCommand,
  PutItemCommand,
  type PutItemCommandInput,
} from '@aws-sdk/client-dynamodb'
import type { AppId } from '../checkpoint/attempt.ts'
import type { Head } from '../checkpoint/head.ts'
import { decodeHead, encodeHead, headCorrupt } from '../checkpoint/head-json.ts'
import { checkAppId } from '../checkpoint/names.ts'
import type { Clock } from '../ports/clock.ts'
import type { HeadRegister, Swapped } from '../ports/head-register.ts'
import { assert } from '../util/assert.ts'
import { SluiceError } from '../util/errors.ts'
import { awsError } from './aws-error.ts'
import type { Clients } from './clients.ts'

/** What DynamoDB takes, less the names and the other attributes. */
const MAX_HEAD_BYTES = 400 * 1024 - 1024

/**
 * The two conditions under which a head is written; they are all that makes one writer of each version.
 *
 *     I  reads 4 ─────────────── puts 5 "if 4": ok
 *     J  reads 4 ── puts 5 "if 4" ────────────────────── condition fails: conflict; reads 5
 *     K  (no head) puts 1 "if none": ok ── L (no head) puts 1 "if none": condition fails: conflict
 *
 * An answer can be lost. Sent again by the client, the same put would meet its own effect and report a conflict, so
 * every put is sent once, and whoever gets no answer reads back:
 *
 *     I  puts 5 "if 4" ─ done, answer lost ─ (client: puts 5 "if 4" again ─ condition fails: "conflict", though 5 is I's)
 */
const IF_NONE = 'attribute_not_exists(#app)'
const IF_VERSION = '#version = :expected'

/**
 * What a table needs to have; `TableName` is the caller's.
 *
 * @example
 * ```ts
 * import { CreateTableCommand } from '@aws-sdk/client-dynamodb'
 *
 * await clients.dynamodb.send(new CreateTableCommand({ ...HEAD_TABLE, TableName: 'sluice-heads' }))
 * ```
 */
export const HEAD_TABLE = {
  AttributeDefinitions: [{ AttributeName: 'app', AttributeType: 'S' }],
  KeySchema: [{ AttributeName: 'app', KeyType: 'HASH' }],
  BillingMode: 'PAY_PER_REQUEST',
} as const satisfies Omit<CreateTableCommandInput, 'TableName'>

export interface DynamoHeadRegisterOptions {
  readonly clients: Pick<Clients, 'dynamodb' | 'dynamodbOnce'>
  readonly table: string
  readonly clock: Clock
}

/**
 * Heads as items `{app, version, head, updatedAt}` of a table with the partition key `app`. Do not use a global table:
 * its regions accept writes on one version each.
 *
 * @example
 * ```ts
 * const register = new DynamoHeadRegister({ clients, table: 'heads', clock })
 * await register.read('word-count-of-nobody') // undefined
 * ```
 */
export class DynamoHeadRegister implements HeadRegister {
  readonly url: string
  readonly #options: DynamoHeadRegisterOptions

  constructor(options: DynamoHeadRegisterOptions) {
    this.url = `dynamodb://${options.table}`
    this.#options = options
  }

  async read(app: AppId): Promise<Head | undefined> {
    const { clients, table } = this.#options
    const Key = { app: { S: checkAppId(app) } }
    // A replica that lags behind would show a head from before the own swap, which would then seem lost.
    const get = new GetItemCommand({ TableName: table, Key, ConsistentRead: true })
    try {
      const { Item } = await clients.dynamodb.send(get)
      return Item === undefined ? undefined : headOf(Item, this.#where(app))
    } catch (error) {
      throw awsError(error, this.#where(app))
    }
  }

  /**
   * Throttling and 5xx answers count as `unknown`, too: to read back and find the own plan still there is what the caller
   * has to do in any case before it tries again. So does a refusal for a wrong clock: the client has learnt the service's time
   * from it, and goes by that from then on. Whatever trying again cannot mend is thrown.
   */
  async swap(expected: number, next: Head): Promise<Swapped> {
    assert(next.version === expected + 1, `a swap goes from one version to the next: ${expected} to ${next.version}`)
    const put = this.#put(expected, next)
    try {
      await this.#options.clients.dynamodbOnce.send(new PutItemCommand(put))
      return { kind: 'ok' }
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return { kind: 'conflict' }
      const cause = awsError(error, this.#where(next.app))
      if (cause.kind === 'retryable' || cause.code === 'clock-wrong') return { kind: 'unknown', cause }
      throw cause
    }
  }

  #put(expected: number, next: Head): PutItemCommandInput {
    const { table, clock } = this.#options
    const head = encodeHead(next)
    const sizeBytes = Buffer.byteLength(head)
    if (sizeBytes > MAX_HEAD_BYTES) throw tooLarge(sizeBytes, this.#where(next.app))
    const Item = {
      app: { S: checkAppId(next.app) },
      version: { N: String(next.version) },
      head: { S: head },
      updatedAt: { S: new Date(clock.now()).toISOString() },
    }
    if (expected === 0) {
      return { TableName: table, Item, ConditionExpression: IF_NONE, ExpressionAttributeNames: { '#app': 'app' } }
    }
    return {
      TableName: table,
      Item,
      ConditionExpression: IF_VERSION,
      ExpressionAttributeNames: { '#version': 'version' },
      ExpressionAttributeValues: { ':expected': { N: String(expected) } },
    }
  }

  #where(app: AppId): string {
    return `${this.url}/${app}`
  }
}

function headOf(item: Record<string, AttributeValue>, where: string): Head {
  const text = item.head?.S
  if (text === undefined) throw headCorrupt('the item has no attribute "head" of type S', where)
  const head = decodeHead(text, where)
  if (head.app !== item.app?.S) throw headCorrupt(`it is of another application, ${head.app}`, where)
  if (String(head.version) !== item.version?.N) {
    throw headCorrupt(`it holds version ${head.version}, its item version ${item.version?.N}`, where)
  }
  return head
}

function tooLarge(sizeBytes: number, where: string): SluiceError {
  return new SluiceError({
    code: 'head-too-large',
    kind: 'invalid',
    message:
      `The head is larger than an item of DynamoDB may be (${MAX_HEAD_BYTES} bytes); ` +
      `delete savepoints, or let less travel inside it: ${sizeBytes} bytes for ${where}`,
  })
}
