import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
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

/** Bytes that GetRecords has answered with so far. */
function countBytes({ client }: KinesisStream): () => number {
  let bytes = 0
  client.middlewareStack.add((next, { commandName }) => async (args) => {
    const result = await next(args)
    const { Records = [] } = result.output as { Records?: readonly { Data: Uint8Array }[] }
    if (commandName === 'GetRecordsCommand') for (const { Data } of Records) bytes += Data.length
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
