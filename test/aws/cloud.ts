import { CreateTableCommand } from '@aws-sdk/client-dynamodb'
import { CreateBucketCommand } from '@aws-sdk/client-s3'
import { Clients } from '../../src/aws/clients.ts'
import { HEAD_TABLE } from '../../src/aws/dynamo-head-register.ts'
import { type EmbeddedCloud, startEmbeddedCloud } from '../../src/embedded/index.ts'

export interface TestCloud {
  readonly cloud: EmbeddedCloud
  readonly clients: Clients
  close(): Promise<void>
}

/** The embedded cloud with clients for it, and the bucket `bucket`. */
export async function startTestCloud(): Promise<TestCloud> {
  const cloud = await startEmbeddedCloud()
  const clients = new Clients({ endpoints: cloud.endpoints, environment: {} })
  await clients.s3.send(new CreateBucketCommand({ Bucket: 'bucket' }))
  return {
    cloud,
    clients,
    async close() {
      clients.destroy()
      await cloud.close()
    },
  }
}

/** A table for heads. */
export async function createHeadTable(clients: Clients, table: string): Promise<void> {
  await clients.dynamodb.send(new CreateTableCommand({ ...HEAD_TABLE, TableName: table }))
}
