import assert from 'node:assert/strict'
import {
  CreateStreamCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  ListShardsCommand,
  PutRecordsCommand,
} from '@aws-sdk/client-kinesis'
import { defineApp, seconds } from 'sluice'
import { type Clients, createBatchHandler } from 'sluice/aws'
import { context, type LambdaWorld, ruleEvent, START_MS, startLambdaWorld } from '../aws/lambda-world.ts'
import type { Benchmark } from './benchmark.ts'
import { median } from './rounds.ts'

const RECORDS = 200_000
const RECORD_BYTES = 200
const SHARDS = 16
const KEYS = 1_000
/** Of one put request. */
const PUT_RECORDS = 500
const ROUNDS = 3
const STREAM = 'readings'

interface Reading {
  readonly key: string
}

/** Reads a stream's backlog in one batch, decodes it and counts it by key; the bare client does the same beside it. */
export const kinesis: Benchmark = {
  name: 'kinesis',
  async run({ say }) {
    const world = await startLambdaWorld()
    try {
      say(`putting ${RECORDS} records of ${RECORD_BYTES} bytes into ${SHARDS} shards …`)
      await fill(world.clients)
      const [ours, reference]: [number[], number[]] = [[], []]
      for (let round = 0; round < ROUNDS; round++) {
        say(`round ${round + 1} of ${ROUNDS} …`)
        ours.push(await timed(() => countByApplication(world, round)))
        reference.push(await timed(() => countByHand(world.clients)))
      }
      const perSecond = (times: readonly number[]) => (RECORDS / median(times)) * 1_000
      return [{ metric: 'records/s', value: perSecond(ours), unit: 'records/s', reference: perSecond(reference) }]
    } finally {
      await world.close()
    }
  },
}

async function timed(work: () => Promise<number>): Promise<number> {
  const began = performance.now()
  assert.equal(await work(), RECORDS, 'every record is counted once')
  return performance.now() - began
}

async function fill({ kinesis }: Clients): Promise<void> {
  await kinesis.send(new CreateStreamCommand({ StreamName: STREAM, ShardCount: SHARDS }))
  for (let first = 0; first < RECORDS; first += PUT_RECORDS) {
    const Records = Array.from({ length: PUT_RECORDS }, (_, i) => record(first + i))
    await kinesis.send(new PutRecordsCommand({ StreamName: STREAM, Records }))
  }
}

function record(number: number): { readonly PartitionKey: string; readonly Data: Uint8Array } {
  const key = `sensor-${number % KEYS}`
  const text = JSON.stringify({ key, number, note: '' })
  const filled = JSON.stringify({ key, number, note: '.'.repeat(RECORD_BYTES - text.length) })
  return { PartitionKey: key, Data: new TextEncoder().encode(filled) }
}

function decode({ data }: { readonly data: Uint8Array }): Reading {
  return JSON.parse(new TextDecoder().decode(data))
}

/** A new application each time, from the beginning of the stream, in one invocation. */
async function countByApplication({ clock, options }: LambdaWorld, round: number): Promise<number> {
  let total = 0
  const app = defineApp({ name: `readings-${round}`, batchInterval: seconds(60) }, (ssc) => {
    ssc
      .kinesisStream({ streamName: STREAM, initialPosition: 'TRIM_HORIZON', decode })
      .map(({ key }) => [key, 1])
      .reduceByKey((a, b) => a + b)
      .foreachRDD(async (rdd) => {
        for (const [, count] of await rdd.collect()) total += count
      })
  })
  const handler = createBatchHandler(app, options)
  for (let minute = 0; total < RECORDS; minute++) {
    const atMs = START_MS + minute * 60_000
    clock.set(atMs)
    const { outcome } = await handler(ruleEvent(atMs), context())
    assert.ok(outcome === 'committed' || (outcome === 'idle' && minute === 0), outcome)
  }
  return total
}

/** What one would write with the client alone: each shard from its beginning to its end, all at once. */
async function countByHand({ kinesis }: Clients): Promise<number> {
  const { Shards = [] } = await kinesis.send(new ListShardsCommand({ StreamName: STREAM }))
  const counts = new Map<string, number>()
  await Promise.all(Shards.map(({ ShardId = '' }) => countShard(kinesis, ShardId, counts)))
  return [...counts.values()].reduce((sum, count) => sum + count, 0)
}

async function countShard(kinesis: Clients['kinesis'], ShardId: string, counts: Map<string, number>): Promise<void> {
  const from = { StreamName: STREAM, ShardId, ShardIteratorType: 'TRIM_HORIZON' } as const
  let { ShardIterator } = await kinesis.send(new GetShardIteratorCommand(from))
  for (let behind = 1; behind > 0 && ShardIterator !== undefined; ) {
    const page = await kinesis.send(new GetRecordsCommand({ ShardIterator, Limit: 10_000 }))
    for (const { Data = new Uint8Array() } of page.Records ?? []) {
      const { key } = decode({ data: Data })
      counts.set(key, (counts.get(key) ?? 0) + 1)
    }
    behind = page.MillisBehindLatest ?? 0
    ShardIterator = page.NextShardIterator
  }
}
