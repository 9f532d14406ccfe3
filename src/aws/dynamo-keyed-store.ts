import {
  ConditionalCheckFailedException,
  type CreateTableCommandInput,
  GetItemCommand,
  PutItemCommand,
  ResourceNotFoundException,
} from '@aws-sdk/client-dynamodb'
import type { KeyedStore, KeyedWrite } from '../ports/keyed-store.ts'
import { SluiceError } from '../util/errors.ts'
import { awsError } from './aws-error.ts'
import type { Clients } from './clients.ts'

/**
 * What makes the last batch win, whoever comes late:
 *
 *     I  batch 1 sets k=a ──────────────────────────── again, late: 1 < 2, refused
 *     J                     batch 2 deletes k: a tombstone with mark 2
 *
 * Equal marks are one batch that is run again, or a put whose answer was lost: the client may repeat it.
 */
const NOT_NEWER = 'attribute_not_exists(#mark) OR #mark <= :mark'

/**
 * What a table of `DynamoKeyedStore` needs to have; `TableName` is the caller's.
 *
 * @example
 * ```ts
 * import { CreateTableCommand } from '@aws-sdk/client-dynamodb'
 *
 * await clients.dynamodb.send(new CreateTableCommand({ ...KEYED_TABLE, TableName: 'totals' }))
 * ```
 */
export const KEYED_TABLE = {
  AttributeDefinitions: [{ AttributeName: 'key', AttributeType: 'S' }],
  KeySchema: [{ AttributeName: 'key', KeyType: 'HASH' }],
  BillingMode: 'PAY_PER_REQUEST',
} as const satisfies Omit<CreateTableCommandInput, 'TableName'>

/** Which table, and the client for it. */
export interface DynamoKeyedStoreOptions {
  readonly clients: Pick<Clients, 'dynamodb'>
  readonly table: string
}

/**
 * Items `{key, mark, value}` of a table with the partition key `key`; `value` is JSON, and absent where the key was deleted:
 * readers pass over those. One table for each output; no global table, whose regions do not compare marks with each other.
 *
 * @example
 * ```ts
 * const store = new DynamoKeyedStore({ clients, table: 'totals-of-nobody' })
 * store.url // 'dynamodb://totals-of-nobody'
 * ```
 */
export class DynamoKeyedStore implements KeyedStore {
  readonly url: string
  readonly #options: DynamoKeyedStoreOptions

  constructor(options: DynamoKeyedStoreOptions) {
    this.url = `dynamodb://${options.table}`
    this.#options = options
  }

  /** Writes unless a newer batch has; a deletion leaves its mark. */
  async write({ key, mark, value }: KeyedWrite, abortSignal?: AbortSignal): Promise<'written' | 'older'> {
    const { clients, table } = this.#options
    const put = new PutItemCommand({
      TableName: table,
      Item: { key: { S: key }, mark: { S: mark }, ...(value === undefined ? {} : { value: { S: value } }) },
      ConditionExpression: NOT_NEWER,
      ExpressionAttributeNames: { '#mark': 'mark' },
      ExpressionAttributeValues: { ':mark': { S: mark } },
    })
    try {
      await clients.dynamodb.send(put, abortSignal === undefined ? {} : { abortSignal })
      return 'written'
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return 'older'
      throw this.#failure(error, key)
    }
  }

  /** The value as JSON; `undefined` if there is none, or it was deleted. */
  async read(key: string): Promise<string | undefined> {
    const { clients, table } = this.#options
    const get = new GetItemCommand({ TableName: table, Key: { key: { S: key } }, ConsistentRead: true })
    try {
      const { Item } = await clients.dynamodb.send(get)
      return Item?.value?.S
    } catch (error) {
      throw this.#failure(error, key)
    }
  }

  #failure(error: unknown, key: string): SluiceError {
    if (!(error instanceof ResourceNotFoundException)) return awsError(error, `${this.url}/${key}`)
    return new SluiceError({
      code: 'table-missing',
      kind: 'invalid',
      message: `There is no such table; create it as KEYED_TABLE says, or correct its name and the region: ${this.url}`,
      cause: error,
    })
  }
}
