import { join } from 'node:path'
import { GetObjectCommand, ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3'
import { BUCKET, DEPLOYMENT, STREAM, TABLE } from '../../functions/demo/cloud-resources.ts'
import { recordsByShard } from '../../functions/demo/stream-records.ts'
import { Clients } from '../../src/aws/clients.ts'
import { DynamoHeadRegister } from '../../src/aws/dynamo-head-register.ts'
import { openS3Storage } from '../../src/aws/s3-storage.ts'
import { decodePlan } from '../../src/checkpoint/decode-record.ts'
import type { Head } from '../../src/checkpoint/head.ts'
import { startEmbeddedCloud } from '../../src/embedded/index.ts'
import { SystemClock } from '../../src/local/system-clock.ts'
import type { ObjectStore } from '../../src/ports/object-store.ts'
import { manifests } from '../../src/scheduler/history.ts'
import { load } from '../../src/scheduler/stored.ts'
import type { FlightRecord } from './flight-figures.ts'

export interface CommittedBatch {
  readonly batchTime: number
  /** As the stream holds them: shard by shard, in order, as many as the batch's plan names. */
  readonly flights: readonly FlightRecord[]
}

export interface Committed {
  /** Oldest first. */
  readonly batches: readonly CommittedBatch[]
  /** All that the stream holds. */
  readonly stream: readonly FlightRecord[]
  /** The lines of every complete directory of outputs, by its name: `delays-1700000000000.txt`. */
  readonly outputs: ReadonlyMap<string, readonly string[]>
}

/** Looks into what a demonstration has left in its directory. */
export async function readCommitted(directory: string): Promise<Committed> {
  const clock = new SystemClock()
  const cloud = await startEmbeddedCloud({ directory: join(directory, 'cloud') })
  const clients = new Clients({ endpoints: cloud.endpoints, environment: {} })
  try {
    const shards = await recordsByShard(clients.kinesis, STREAM)
    const head = await new DynamoHeadRegister({ clients, table: TABLE, clock }).read('flights')
    const plans = await readPlans(openS3Storage(clients, { clock }).open(DEPLOYMENT.checkpoint), head)
    const stream = [...shards.values()].flat().map(parse)
    return { batches: dealOut(shards, plans), stream, outputs: await readOutputs(clients.s3) }
  } finally {
    clients.destroy()
    await cloud.close()
  }
}

interface PlannedCounts {
  readonly batchTime: number
  readonly counts: readonly (readonly [shard: string, records: number])[]
}

/** How many records of which shard each committed batch read, oldest first. */
async function readPlans(checkpoint: ObjectStore, head: Head | undefined): Promise<PlannedCounts[]> {
  const plans: PlannedCounts[] = []
  for await (const { attempt, plan } of head === undefined ? [] : manifests(checkpoint, head)) {
    const { ranges = [] } = (await load(checkpoint, plan, decodePlan)).sources.flights ?? {}
    const counts = ranges.map(({ partition, records = 0 }) => [partition, records] as const)
    plans.unshift({ batchTime: attempt.batchTime, counts })
  }
  return plans
}

function dealOut(shards: ReadonlyMap<string, string[]>, plans: readonly PlannedCounts[]): CommittedBatch[] {
  const left = new Map([...shards].map(([shard, records]) => [shard, [...records]]))
  return plans.map(({ batchTime, counts }) => {
    const records = counts.flatMap(([shard, count]) => left.get(shard)?.splice(0, count) ?? [])
    return { batchTime, flights: records.map(parse) }
  })
}

function parse(text: string): FlightRecord {
  return JSON.parse(text)
}

async function readOutputs(s3: S3Client): Promise<Map<string, string[]>> {
  const keys: string[] = []
  let ContinuationToken: string | undefined
  do {
    const page = await s3.send(new ListObjectsV2Command({ Bucket: BUCKET, Prefix: 'out/', ContinuationToken }))
    keys.push(...(page.Contents ?? []).map(({ Key = '' }) => Key))
    ContinuationToken = page.NextContinuationToken
  } while (ContinuationToken !== undefined)
  const outputs = new Map<string, string[]>()
  for (const key of keys) {
    const [, name = '', file = ''] = key.split('/')
    const lines = outputs.get(name) ?? []
    outputs.set(name, lines)
    if (file === '_SUCCESS') continue
    if (!/^part-\d{5}$/.test(file) || !keys.includes(`out/${name}/_SUCCESS`)) throw new Error(`unexpected: ${key}`)
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: key }))
    lines.push(...((await Body?.transformToString()) ?? '').trimEnd().split('\n'))
  }
  return outputs
}
