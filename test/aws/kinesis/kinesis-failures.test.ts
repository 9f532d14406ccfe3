import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from '../../connectors/fake-clock.ts'
import { FakeCommits, readAll } from '../../connectors/source-memory.ts'
import { KinesisStream, MIDDLE, numbered, shardId } from './kinesis-stream.ts'

const HOUR_MS = 3_600_000

test('an iterator that has expired is replaced, and no record is lost or doubled', async (t) => {
  const stream = await KinesisStream.open(t)
  const own = new FakeClock(stream.clock.now())
  const commits = new FakeCommits()
  const source = stream.source({}, own)
  await stream.put(['a'])
  assert.deepEqual(await commits.batch(source), [['a']])
  stream.clock.advance(6 * 60_000)
  await stream.put(['b'])
  const calls = await stream.calls(async () => assert.deepEqual(await commits.batch(source), [['b']]))
  assert.deepEqual(calls, { GetRecords: 2, GetShardIterator: 1 })
})

test('an iterator that is known to be too old is not tried', async (t) => {
  const stream = await KinesisStream.open(t)
  const commits = new FakeCommits()
  const source = stream.source()
  await commits.batch(source)
  stream.clock.advance(10 * 60_000)
  assert.deepEqual(await stream.calls(() => commits.batch(source)), { GetRecords: 1, GetShardIterator: 1 })
})

test('an iterator expires in the middle of reading a range again', async (t) => {
  const stream = await KinesisStream.open(t)
  await stream.put(numbered(12_000))
  const plan = await new FakeCommits().plan(stream.source())
  const [range] = plan.ranges
  assert.ok(range)
  const read: unknown[] = []
  for await (const chunk of stream.source().read(range, new AbortController().signal)) {
    read.push(...chunk)
    stream.clock.advance(6 * 60_000)
  }
  assert.deepEqual(read, numbered(12_000))
})

for (const operation of ['ListShards', 'GetShardIterator', 'GetRecords']) {
  test(`${operation} is made again, after pauses that grow, when it was throttled`, async (t) => {
    const stream = await KinesisStream.open(t)
    await stream.put(['a', 'b'])
    stream.server.faults.next({ service: 'kinesis', operation, kind: 'throttle', times: 4 })
    const commits = new FakeCommits()
    assert.deepEqual(await commits.batch(stream.source()), [['a', 'b']])
    assert.equal(stream.server.faults.remaining, 0)
    assert.deepEqual(stream.clock.sleeps, [100, 200, 400, 800])
  })
}

test('a throttled re-read waits, too', async (t) => {
  const stream = await KinesisStream.open(t)
  await stream.put(['a', 'b'])
  const plan = await new FakeCommits().plan(stream.source())
  stream.server.faults.next({ service: 'kinesis', operation: 'GetRecords', kind: 'throttle', times: 2 })
  assert.deepEqual(await readAll(stream.source(), plan), [['a', 'b']])
})

test('throttling that does not end is an error that may be retried, and the next plan misses nothing', async (t) => {
  const stream = await KinesisStream.open(t, 2)
  await stream.put(['a'])
  await stream.put(['b'], MIDDLE)
  const commits = new FakeCommits()
  const source = stream.source()
  stream.server.faults.next({ service: 'kinesis', operation: 'GetRecords', kind: 'throttle', times: 18 })
  await assert.rejects(commits.plan(source), { code: 'kinesis-throttled', kind: 'retryable', message: /flights/ })
  stream.server.faults.clear()
  assert.deepEqual(await commits.batch(source), [['a'], ['b']])
})

test('an aborted plan ends, whatever it waits for', async (t) => {
  const stream = await KinesisStream.open(t)
  const commits = new FakeCommits()
  await assert.rejects(stream.source().plan(commits.request({}, AbortSignal.abort(new Error('deadline')))), /deadline/)
  stream.server.faults.next({ service: 'kinesis', operation: 'GetRecords', kind: 'throttle', times: 15 })
  const controller = new AbortController()
  const clock = new FakeClock(stream.clock.now())
  clock.sleep = async () => controller.abort(new Error('deadline'))
  await assert.rejects(stream.source({}, clock).plan(commits.request({}, controller.signal)), /deadline/)
})

test('a lost answer or a broken connection may be retried', async (t) => {
  const stream = await KinesisStream.open(t)
  await stream.put(['a'])
  const commits = new FakeCommits()
  const source = stream.source()
  for (const kind of ['lost-answer', 'dropped', 'error-503'] as const) {
    stream.server.faults.next({ service: 'kinesis', operation: 'GetRecords', kind })
    await assert.rejects(commits.plan(source), { kind: 'retryable' })
  }
  assert.deepEqual(await commits.batch(source), [['a']])
})

test('planned records that were trimmed are an error that names them, never fewer records', async (t) => {
  const stream = await KinesisStream.open(t)
  await stream.put(['old 1', 'old 2'])
  stream.clock.advance(12 * HOUR_MS)
  await stream.put(['young'])
  const plan = await new FakeCommits().plan(stream.source())
  stream.clock.advance(13 * HOUR_MS)
  const missing = {
    code: 'source-missing',
    kind: 'data',
    message: /skip the batch.*3 records of shardId-0+ of stream flights, from 49\d+ to 49\d+$/,
  }
  await assert.rejects(readAll(stream.source(), plan), missing)
  stream.clock.advance(24 * HOUR_MS)
  await assert.rejects(readAll(stream.source(), plan), missing)
})

test('other records between the first and the last one than were planned are an error, never more or fewer records', async (t) => {
  const stream = await KinesisStream.open(t)
  await stream.put(['a', 'b', 'c'])
  const plan = await new FakeCommits().plan(stream.source())
  for (const records of [2, 4]) {
    const ranges = plan.ranges.map((range) => ({ ...range, records }))
    await assert.rejects(readAll(stream.source(), { ...plan, ranges }), { code: 'source-missing', kind: 'data' })
  }
})

test('unread records that were trimmed are an error at the next plan, or a gap in it if that is wished', async (t) => {
  const stream = await KinesisStream.open(t)
  const commits = new FakeCommits()
  await stream.put(['read'])
  await commits.batch(stream.source())
  await stream.put(['lost'])
  stream.clock.advance(25 * HOUR_MS)
  await stream.put(['left'])
  await assert.rejects(commits.plan(stream.source()), {
    code: 'source-missing',
    kind: 'data',
    message: /set onDataLoss to 'skip'.*shardId-0+ of stream flights/,
  })
  const skipping = stream.source({ onDataLoss: 'skip' })
  const plan = await commits.plan(skipping)
  assert.equal(plan.gaps?.length, 1)
  assert.deepEqual(await readAll(skipping, plan), [['left']])
  commits.commit(skipping, plan)
  await stream.put(['and on'])
  assert.deepEqual(await commits.batch(stream.source()), [['and on']])
})

test('a warm process that falls behind the retention notices it, too', async (t) => {
  const stream = await KinesisStream.open(t)
  const source = stream.source()
  const commits = new FakeCommits()
  await stream.put(numbered(10))
  await commits.batch(source, { maxRecords: 2 })
  stream.clock.advance(25 * HOUR_MS)
  await assert.rejects(commits.plan(source), { code: 'source-missing' })
})

test('a shard on which nothing comes for days loses nothing while batches run', async (t) => {
  const stream = await KinesisStream.open(t)
  const commits = new FakeCommits()
  await stream.put(['old'])
  for (let day = 0; day < 4; day++) {
    await commits.batch(stream.source())
    stream.clock.advance(20 * HOUR_MS)
  }
  await stream.put(['new'])
  assert.deepEqual(await commits.batch(stream.source()), [['new']])
})

test('records that are older than a day are not taken for lost if the stream keeps them for longer', async (t) => {
  const stream = await KinesisStream.open(t)
  const { IncreaseStreamRetentionPeriodCommand } = await import('@aws-sdk/client-kinesis')
  const input = { StreamName: stream.name, RetentionPeriodHours: 48 }
  await stream.client.send(new IncreaseStreamRetentionPeriodCommand(input))
  const commits = new FakeCommits()
  await commits.batch(stream.source())
  await stream.put(['old'])
  stream.clock.advance(40 * HOUR_MS)
  assert.deepEqual(await commits.batch(stream.source()), [['old']])
})

test('shards that expired unread are followed by what is left of their descendants, if loss is to be skipped', async (t) => {
  const stream = await KinesisStream.open(t)
  const commits = new FakeCommits()
  await commits.batch(stream.source())
  await stream.put(['lost'])
  await stream.split(shardId(0), MIDDLE)
  stream.clock.advance(30 * HOUR_MS)
  await stream.put(['left'])
  await stream.put(['left, too'], MIDDLE)
  assert.deepEqual(await stream.shardIds(), [shardId(1), shardId(2)])
  await assert.rejects(commits.plan(stream.source()), { code: 'source-missing' })
  const skipping = stream.source({ onDataLoss: 'skip' })
  assert.deepEqual(await commits.batch(skipping), [['left'], ['left, too']])
  assert.deepEqual(await commits.batch(stream.source()), [])
})

test('a stream that was deleted and made again is refused, not read from somewhere', async (t) => {
  const stream = await KinesisStream.open(t)
  const { CreateStreamCommand, DeleteStreamCommand } = await import('@aws-sdk/client-kinesis')
  const commits = new FakeCommits()
  await stream.put(['a'])
  await commits.batch(stream.source())
  await stream.client.send(new DeleteStreamCommand({ StreamName: stream.name }))
  stream.clock.advance(1000)
  await stream.client.send(new CreateStreamCommand({ StreamName: stream.name, ShardCount: 1 }))
  await assert.rejects(commits.plan(stream.source()), {
    code: 'stream-position-refused',
    kind: 'invalid',
    message: /was the stream deleted and made again/,
  })
})
