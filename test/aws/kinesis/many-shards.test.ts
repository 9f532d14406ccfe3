import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { KinesisClient } from '@aws-sdk/client-kinesis'
import { readFairly } from '../../../src/aws/kinesis/fair-reading.ts'
import type { KinesisCalls } from '../../../src/aws/kinesis/kinesis-calls.ts'
import type { ShardState } from '../../../src/aws/kinesis/kinesis-position.ts'
import { ShardCursor } from '../../../src/aws/kinesis/shard-cursor.ts'
import { nextPosition } from '../../../src/aws/kinesis/shard-lineage.ts'
import { FakeClock } from '../../connectors/fake-clock.ts'
import { FakeCommits } from '../../connectors/source-memory.ts'
import { KinesisStream } from './kinesis-stream.ts'

const SHARDS = 300

/** Counts how often somebody looks at this field of these objects. */
function countLooks(objects: readonly object[], field: string): () => number {
  let looks = 0
  for (const object of objects) {
    const value: unknown = Reflect.get(object, field)
    const get = () => {
      looks++
      return value
    }
    Object.defineProperty(object, field, { enumerable: true, get })
  }
  return () => looks
}

/** How many calls of a client were under way as each of them began, itself included. */
function countAtOnce(client: KinesisClient): () => number[] {
  const atOnce: number[] = []
  let now = 0
  const send = client.send.bind(client) as (...call: unknown[]) => Promise<unknown>
  Reflect.set(client, 'send', (...call: unknown[]) => {
    atOnce.push(++now)
    return send(...call).finally(() => now--)
  })
  return () => atOnce
}

test('after a pause of a day all shards are looked at together, and the retention is asked for once', async (t) => {
  const stream = await KinesisStream.open(t, 4)
  const hashKey = (shard: number) => ((BigInt(shard) << 128n) / 4n).toString()
  await stream.put(['a', 'b', 'c', 'd'], hashKey)
  const commits = new FakeCommits()
  await commits.batch(stream.source())
  stream.clock.advance(23.9 * 3_600_000)
  const atOnce = countAtOnce(stream.client)
  const calls = await stream.calls(() => commits.plan(stream.source()))
  assert.equal(calls.DescribeStreamSummary, 1)
  // What was read last is looked for, and then read on from.
  assert.deepEqual([calls.GetShardIterator, calls.GetRecords], [8, 8])
  const [, ...looks] = atOnce()
  assert.deepEqual(looks.slice(0, 4), [1, 2, 3, 4])
})

test('what is looked at of a backlog grows with its records, not with these times the shards', async () => {
  const records = Array.from({ length: 40 }, (_, i) => ({
    data: new Uint8Array(100),
    partitionKey: 'k',
    sequenceNumber: String(i),
  }))
  const looks = countLooks(records, 'partitionKey')
  const calls = {
    iterator: async () => 'i',
    records: async () => ({ records, next: 'n', behindMs: 9e6, children: [] }),
  }
  const ports = { calls: calls as unknown as KinesisCalls, clock: new FakeClock() }
  const cursors = Array.from(
    { length: SHARDS },
    (_, i) => new ShardCursor(`s${i}`, { position: { at: 'TRIM_HORIZON' } }, ports),
  )
  const limits = { maxRecords: SHARDS * 20, maxBytes: 1e9, maxFiles: 1, readMs: 1e9, maxRecordsPerShard: 1e9 }
  const reading = { startedMs: 0, isOver: () => false, signal: new AbortController().signal }
  const taken = await readFairly(cursors, limits, reading)
  const count = [...taken.values()].reduce((sum, own) => sum + own.length, 0)
  assert.equal(count, limits.maxRecords)
  assert.ok(looks() <= 20 * count, `${looks()} looks at ${count} records`)
})

test('what is looked at of shards that have ended grows with the shards, not with their square', () => {
  const ended = Array.from({ length: SHARDS }, (_, i): [string, ShardState] => [
    `p${i}`,
    { position: { after: '1' }, endOfShard: true },
  ])
  const waiting = Array.from({ length: SHARDS }, (_, i): [string, ShardState] => [
    `c${i}`,
    { position: { at: 'TRIM_HORIZON' }, parents: [`p${i}`, 'open'] },
  ])
  const looks = countLooks(
    waiting.map(([, state]) => state),
    'parents',
  )
  const before = { shards: Object.fromEntries([...ended, ['open', { position: { after: '1' } }], ...waiting]) }
  assert.equal(Object.keys(nextPosition(before, new Map()).shards).length, 2 * SHARDS + 1)
  assert.ok(looks() <= 5 * SHARDS, `${looks()} looks at ${SHARDS} shards`)
})
