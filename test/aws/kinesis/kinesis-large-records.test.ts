import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { planLimits } from '../../../src/planner/limits.ts'
import { FakeCommits } from '../../connectors/source-memory.ts'
import { KinesisStream } from './kinesis-stream.ts'

const SHARDS = 4
const RECORD_BYTES = 900_000
const ROUNDS = 4

/** A backlog of large records in every shard, as fast as shards take them. */
async function withBacklog(t: TestContext): Promise<KinesisStream> {
  const stream = await KinesisStream.open(t, SHARDS)
  const record = 'x'.repeat(RECORD_BYTES)
  const hashKey = (shard: number) => ((BigInt(shard) << 128n) / BigInt(SHARDS)).toString()
  for (let round = 0; round < ROUNDS; round++) {
    stream.clock.advance(1_000)
    for (let shard = 0; shard < SHARDS; shard++) await stream.put([record], hashKey(shard))
  }
  return stream
}

/** Bytes that GetRecords has answered with so far; `took` hears of each answer's. */
function countBytes({ client }: KinesisStream, took: (bytes: number) => void = () => {}): () => number {
  let bytes = 0
  client.middlewareStack.add((next, { commandName }) => async (args) => {
    const result = await next(args)
    const { Records = [] } = result.output as { Records?: readonly { Data: Uint8Array }[] }
    const answered = commandName === 'GetRecordsCommand' ? Records.reduce((sum, { Data }) => sum + Data.length, 0) : 0
    bytes += answered
    took(answered)
    return result
  })
  return () => bytes
}

test('a plan reads hardly more than it may take, however many shards have large records, cold or warm', async (t) => {
  const stream = await withBacklog(t)
  const bytesRead = countBytes(stream)
  const commits = new FakeCommits()
  const source = stream.source()
  const maxBytes = SHARDS * 1_000_000
  for (let batch = 1; batch <= ROUNDS; batch++) {
    const plan = await commits.plan(source, { maxBytes })
    assert.equal(plan.records, SHARDS)
    commits.commit(source, plan)
    assert.ok(bytesRead() <= (batch + 1) * maxBytes, `${bytesRead()} bytes read for ${batch} plans of ${maxBytes}`)
  }
})

test("records larger than their shard's part fill a plan all the same", async (t) => {
  const stream = await withBacklog(t)
  const commits = new FakeCommits()
  const source = stream.source()
  const taken: number[] = []
  while (taken.reduce((sum, records) => sum + records, 0) < SHARDS * ROUNDS) {
    const plan = await commits.plan(source, { maxBytes: 3 * RECORD_BYTES + 1_000 })
    taken.push(plan.records ?? 0)
    commits.commit(source, plan)
  }
  // Three fit, and the shard that has given none gives one all the same.
  assert.deepEqual(taken, [4, 4, 4, 4])
})

test('a backlog in one shard, which gives two megabytes a second, is read in parts that leave time to work on them', async (t) => {
  const stream = await KinesisStream.open(t)
  const record = 'x'.repeat(RECORD_BYTES)
  for (let second = 0; second < 40; second++) {
    stream.clock.advance(1_000)
    await stream.put([record])
  }
  countBytes(stream, (bytes) => stream.clock.advance(bytes / 2_000))
  const capacity = { memoryBytes: 2 ** 30, timeLeftMs: 30_000, share: 1 }
  const limits = planLimits('spooled', capacity)
  const commits = new FakeCommits()
  const source = stream.source()
  let records = 0
  while (records < 40) {
    const begunMs = stream.clock.now()
    const plan = await commits.plan(source, limits)
    assert.ok(stream.clock.now() - begunMs < capacity.timeLeftMs / 2, `${stream.clock.now() - begunMs} ms to plan`)
    assert.ok(plan.records !== undefined && plan.records > 0)
    records += plan.records
    assert.equal(plan.more, records < 40)
    commits.commit(source, plan)
  }
})
