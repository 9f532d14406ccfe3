import assert from 'node:assert/strict'
import { test } from 'node:test'
import { kinesisSourceOpener } from '../../../src/aws/kinesis/kinesis-source.ts'
import type { OffsetRange } from '../../../src/checkpoint/plan.ts'
import type { Json } from '../../../src/checkpoint/stored.ts'
import type { KinesisRecord } from '../../../src/dstream/sources/kinesis-stream.ts'
import { startKinesis } from '../../../src/embedded/index.ts'
import type { RawRecord } from '../../../src/ports/source.ts'
import { FakeClock } from '../../connectors/fake-clock.ts'
import { FakeCommits, readAll } from '../../connectors/source-memory.ts'
import { kinesisClient } from '../../embedded/clients.ts'
import { KinesisStream, MIDDLE, numbered, shardId } from './kinesis-stream.ts'

test('TRIM_HORIZON reads every record once, one partition a shard, in the order of the shard', async (t) => {
  const stream = await KinesisStream.open(t, 2)
  await stream.put(['a', 'b', 'c', 'd'], (index) => (index % 2 === 0 ? '0' : MIDDLE))
  const commits = new FakeCommits()
  const source = stream.source()
  assert.deepEqual(await commits.batch(source), [
    ['a', 'c'],
    ['b', 'd'],
  ])
  assert.deepEqual(await commits.batch(source), [])
  await stream.put(['e'])
  assert.deepEqual(await commits.batch(source), [['e']])
  await stream.put(['f'], MIDDLE)
  assert.deepEqual(await commits.batch(stream.source()), [['f']])
})

test('a plan says what it holds', async (t) => {
  const stream = await KinesisStream.open(t)
  await stream.put(['one', 'three'])
  const plan = await new FakeCommits().plan(stream.source())
  const [range] = plan.ranges
  assert.equal(plan.records, 2)
  assert.equal(plan.bytes, 'one'.length + 'three'.length + 2 * 'key'.length)
  assert.equal(plan.more, false)
  assert.equal(range?.partition, shardId(0))
  assert.equal(range?.records, 2)
  assert.match(JSON.stringify(range), /"from":\{"at":"49\d+"\},"until":\{"after":"49\d+"\}/)
})

for (const [what, before] of [
  ['on which nothing was ever put', []],
  ['with old records', [600_000]],
  ['with records put just before', [600_000, 0]],
] as const) {
  test(`LATEST on a stream ${what}: what is put after the first plan is read, by whatever process`, async (t) => {
    const stream = await KinesisStream.open(t, 2)
    for (const pauseMs of before) {
      await stream.put(['old'])
      await stream.put(['old'], MIDDLE)
      stream.clock.advance(pauseMs)
    }
    for (const warm of [true, false]) {
      const commits = new FakeCommits()
      const source = stream.source({ initialPosition: 'LATEST' })
      const first = await commits.plan(source)
      assert.deepEqual(first.ranges, [])
      await stream.put(['new'])
      commits.commit(source, first)
      if (!warm) stream.clock.advance(3_600_000)
      assert.deepEqual(await commits.batch(warm ? source : stream.source({ initialPosition: 'LATEST' })), [['new']])
    }
  })
}

test('LATEST is fixed by the first plan even if that batch is planned again', async (t) => {
  const stream = await KinesisStream.open(t)
  const commits = new FakeCommits()
  const options = { initialPosition: 'LATEST' }
  const first = await commits.plan(stream.source(options))
  await stream.put(['between'])
  commits.commit(stream.source(options), first)
  assert.deepEqual(await commits.batch(stream.source(options)), [['between']])
})

test("LATEST is found when this machine's clock is ahead of the service's", async (t) => {
  const stream = await KinesisStream.open(t)
  await stream.put(['old'])
  for (const aheadMs of [60_000, 3 * 3_600_000]) {
    const clock = new FakeClock(stream.clock.now() + aheadMs)
    const commits = new FakeCommits()
    assert.deepEqual(await commits.batch(stream.source({ initialPosition: 'LATEST' }, clock)), [])
    await stream.put(['new'])
    assert.deepEqual(await commits.batch(stream.source({ initialPosition: 'LATEST' }, clock)), [['new']])
  }
})

test('AT_TIMESTAMP reads from the first record that arrived then, across a split before and after that time', async (t) => {
  const stream = await KinesisStream.open(t)
  await stream.put(['too old'])
  await stream.split(shardId(0), MIDDLE)
  await stream.put(['too old, too'])
  stream.clock.advance(1000)
  const timestamp = new Date(stream.clock.now() + 1)
  await stream.put(['first'])
  await stream.split(shardId(1), '1000')
  await stream.put(['second'], '5')
  const commits = new FakeCommits()
  const read: unknown[] = []
  for (let batch = 0; batch < 4; batch++) {
    read.push(...(await commits.batch(stream.source({ initialPosition: { timestamp } }))).flat())
  }
  assert.deepEqual(read, ['first', 'second'])
})

test('a time that has not come is refused with what to do', async (t) => {
  const stream = await KinesisStream.open(t)
  const initialPosition = { timestamp: stream.clock.now() + 60_000 }
  await assert.rejects(new FakeCommits().plan(stream.source({ initialPosition })), {
    code: 'stream-position-refused',
    kind: 'invalid',
    message: /does initialPosition lie in the future\?/,
  })
})

test('a warm batch costs one call a shard, empty or not; a cold one asks for an iterator, and never lists shards again', async (t) => {
  const stream = await KinesisStream.open(t)
  const commits = new FakeCommits()
  const source = stream.source({ initialPosition: 'LATEST' })
  const cost = (of = source) => stream.calls(() => commits.batch(of))
  assert.deepEqual(await cost(), { ListShards: 1, GetShardIterator: 1, GetRecords: 1 })
  assert.deepEqual(await cost(), { GetRecords: 1 })
  await stream.put(['x'])
  assert.deepEqual(await cost(), { GetRecords: 1 })
  assert.deepEqual(await cost(), { GetRecords: 1 })
  assert.deepEqual(await cost(stream.source()), { GetShardIterator: 1, GetRecords: 1 })
})

test('a plan keeps within its limits, the rest is read by later batches, and nothing is fetched twice', async (t) => {
  const stream = await KinesisStream.open(t, 2)
  await stream.put(numbered(1000), (index) => (index % 2 === 0 ? '0' : MIDDLE))
  for (const limits of [{ maxRecords: 300 }, { maxBytes: 2000 }]) {
    const commits = new FakeCommits()
    const source = stream.source()
    const read: unknown[] = []
    for (let more = true; more; ) {
      const plan = await commits.plan(source, limits)
      const records = (await readAll(source, plan)).flat()
      assert.ok(records.length > 0)
      assert.ok((plan.records ?? 0) <= (limits.maxRecords ?? 1e9) && (plan.bytes ?? 0) <= (limits.maxBytes ?? 1e9))
      read.push(...records)
      commits.commit(source, plan)
      more = plan.more
    }
    assert.deepEqual(read.sort(), numbered(1000).sort())
  }
})

test('shards get equal parts of a limit, and what one does not need goes to the others', async (t) => {
  const stream = await KinesisStream.open(t, 2)
  await stream.put(numbered(100))
  await stream.put(numbered(3), MIDDLE)
  const plan = await new FakeCommits().plan(stream.source(), { maxRecords: 50 })
  assert.deepEqual(
    plan.ranges.map(({ records }) => records),
    [47, 3],
  )
  const capped = await new FakeCommits().plan(stream.source({ maxRecordsPerShard: 10 }))
  assert.deepEqual(
    capped.ranges.map(({ records }) => records),
    [10, 3],
  )
  assert.equal(capped.more, true)
})

test('the shard that is furthest behind is served first, so that no shard starves', async (t) => {
  const stream = await KinesisStream.open(t, 2)
  for (let i = 0; i < 3; i++) {
    await stream.put([`low ${i}`])
    await stream.put([`high ${i}`], MIDDLE)
  }
  const commits = new FakeCommits()
  const source = stream.source()
  const read: unknown[] = []
  for (let batch = 0; batch < 6; batch++) read.push(...(await commits.batch(source, { maxRecords: 1 })).flat())
  assert.deepEqual(read, ['low 0', 'high 0', 'low 1', 'high 1', 'low 2', 'high 2'])
})

test('a record that is larger than the limit is read all the same', async (t) => {
  const stream = await KinesisStream.open(t, 2)
  await stream.put(['x'.repeat(5000), 'after'])
  await stream.put(['y'.repeat(30), 'z'.repeat(30)], MIDDLE)
  const commits = new FakeCommits()
  const read: string[] = []
  for (let batch = 0; batch < 5; batch++) {
    const texts = (await commits.batch(stream.source(), { maxBytes: 100 })).flat() as string[]
    read.push(...texts.map((text) => text[0] ?? ''))
  }
  assert.deepEqual(read.sort(), ['a', 'x', 'y', 'z'])
})

test('a batch that is planned again after a failed attempt starts where the last commit ended', async (t) => {
  const stream = await KinesisStream.open(t)
  await stream.put(numbered(10))
  const commits = new FakeCommits()
  const source = stream.source()
  await commits.plan(source, { maxRecords: 4 })
  assert.deepEqual(await commits.batch(source, { maxRecords: 4 }), [['r0', 'r1', 'r2', 'r3']])
  await commits.plan(source)
  assert.deepEqual(await commits.batch(source), [numbered(10).slice(4)])
})

test('the batch uses what the plan read; another process reads exactly the same records again', async (t) => {
  const stream = await KinesisStream.open(t, 2)
  await stream.put(numbered(25_000), (index) => (index % 5 === 0 ? MIDDLE : '0'))
  const commits = new FakeCommits()
  const source = stream.source()
  const plan = await commits.plan(source)
  const own: unknown[][] = []
  assert.deepEqual(await stream.calls(async () => own.push(...(await readAll(source, plan)))), {})
  assert.equal(own.flat().length, 25_000)
  await stream.put(['later'])
  assert.deepEqual(await readAll(stream.source(), plan), own)
  source.release?.(commits.batchTime)
  assert.deepEqual(await readAll(source, plan), own)
})

test('a record is named by its sequence number', async (t) => {
  const stream = await KinesisStream.open(t)
  await stream.put(['a', 'b'])
  const source = stream.source()
  const [range] = (await new FakeCommits().plan(source)).ranges
  assert.ok(range)
  assert.match(source.describe(range, 1), /^record 49\d+ of shardId-0{12} in stream flights$/)
  assert.match(stream.source().describe(range, 1), /^record 2 from 49\d+ to 49\d+ of shardId-0{12} in stream flights$/)
})

test('elements are the bytes, or what decode makes of a record; a decode that throws names the record', async (t) => {
  const stream = await KinesisStream.open(t)
  await stream.put(['text'])
  const [bytes] = (await new FakeCommits().batch(stream.source({ decode: undefined }))).flat()
  assert.deepEqual(Buffer.from(bytes as Uint8Array).toString(), 'text')
  const [record] = (await new FakeCommits().batch(stream.source({ decode: (r: unknown) => r }))).flat()
  const { partitionKey, approximateArrivalTimestamp, shardId: shard } = record as Record<string, unknown>
  assert.deepEqual([partitionKey, approximateArrivalTimestamp, shard], ['key', stream.clock.now(), shardId(0)])
  const decode = () => {
    throw new Error('no JSON')
  }
  await assert.rejects(new FakeCommits().batch(stream.source({ decode })), {
    code: 'record-undecodable',
    message: /\(no JSON\): record 49\d+ of shardId-0{12} in stream flights/,
  })
})

test('a missing stream, wrong credentials and bad options say what to do', async (t) => {
  const stream = await KinesisStream.open(t)
  await assert.rejects(new FakeCommits().plan(stream.source({ streamName: 'flihgts' })), {
    code: 'stream-not-found',
    kind: 'invalid',
    message: /create it, or correct the name.*flihgts/,
  })
  const server = await KinesisStream.open(t)
  server.server.faults.next({ service: 'kinesis', kind: 'error-500', times: 1 })
  await assert.rejects(new FakeCommits().plan(server.source()), { kind: 'retryable' })
  for (const options of [
    { streamName: '' },
    { initialPosition: 'NOW' },
    { initialPosition: { timestamp: 'today' } },
    { maxRecordsPerShard: 0 },
    { onDataLoss: 'ignore' },
    { decode: 'json' },
  ]) {
    assert.throws(() => stream.source(options), { code: 'bad-option', kind: 'invalid' }, JSON.stringify(options))
  }
})

test('credentials that the service does not know are an error that says so', async (t) => {
  const server = await startKinesis({ accessKeyId: 'known' })
  const client = kinesisClient(server.endpoint)
  t.after(async () => {
    client.destroy()
    await server.close()
  })
  const open = kinesisSourceOpener(() => client, new FakeClock())
  const source = open({ kind: 'kinesis', options: { streamName: 'flights' } }, 'flights')
  await assert.rejects(new FakeCommits().plan(source), { code: 'bad-credentials', kind: 'invalid', message: /flights/ })
})

test('undecoded records hold the bytes and everything that a function may decode by, whether they were spooled or not', async (t) => {
  const stream = await KinesisStream.open(t)
  await stream.put(['a', 'b'])
  const seen: unknown[] = []
  const decode = (record: KinesisRecord): string => {
    seen.push(record)
    return new TextDecoder().decode(record.data.fill(120))
  }
  const planner = stream.source({ decode })
  const plan = await new FakeCommits().plan(planner)
  for (const source of [planner, stream.source({ decode })]) {
    seen.splice(0)
    const raw: RawRecord[] = []
    for await (const chunk of source.raw?.read(plan.ranges[0] as OffsetRange, new AbortController().signal) ?? []) {
      raw.push(...chunk)
    }
    assert.deepEqual(
      raw.map(({ payload }) => String(payload)),
      ['97', '98'],
    )
    const stored = JSON.parse(JSON.stringify(raw[1]?.position)) as Json
    assert.equal(source.raw?.decode({ payload: raw[1]?.payload, position: stored }), 'x')
    assert.equal(String(raw[1]?.payload), '98')
    const [record] = seen as [KinesisRecord]
    assert.equal(record.shardId, shardId(0))
    assert.match(record.sequenceNumber, /^49\d+$/)
    assert.equal(record.partitionKey, 'key')
  }
})

test('what a function does to the bytes of a record is gone when the batch reads it again', async (t) => {
  const stream = await KinesisStream.open(t)
  await stream.put(['one', 'two'])
  const decode = (record: KinesisRecord) => {
    const text = new TextDecoder().decode(record.data)
    record.data.fill(0)
    return text
  }
  const source = stream.source({ decode })
  const plan = await new FakeCommits().plan(source)
  for (const _ of [1, 2]) assert.deepEqual(await readAll(source, plan), [['one', 'two']])
})
