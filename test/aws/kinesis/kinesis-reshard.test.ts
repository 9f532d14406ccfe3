import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Source } from '../../../src/ports/source.ts'
import { Random } from '../../../src/util/random.ts'
import { FakeCommits } from '../../connectors/source-memory.ts'
import { KinesisStream, MIDDLE, numbered, shardId } from './kinesis-stream.ts'

/** All that is there, in as many batches as it takes, each by its own process if `open` opens one. */
async function drain(commits: FakeCommits, open: () => Source, limits = {}): Promise<string[]> {
  const read: string[] = []
  for (let more = true; more; ) {
    const source = open()
    const plan = await commits.plan(source, limits)
    const again = open()
    for (const range of plan.ranges) {
      for await (const chunk of again.read(range, new AbortController().signal)) read.push(...(chunk as string[]))
    }
    commits.commit(source, plan)
    more = plan.more
  }
  return read
}

for (const [what, limits] of [
  ['at once', {}],
  ['in small batches', { maxRecords: 3 }],
] as const) {
  test(`after a split the children follow their parent, nothing lost or doubled, ${what}`, async (t) => {
    const stream = await KinesisStream.open(t)
    const commits = new FakeCommits()
    await stream.put(numbered(4, 'before'))
    const first = await drain(commits, () => stream.source(), limits)
    await stream.put(numbered(4, 'parent'))
    await stream.split(shardId(0), MIDDLE)
    await stream.put(numbered(4, 'low'))
    await stream.put(numbered(4, 'high'), MIDDLE)
    const rest = await drain(commits, () => stream.source(), limits)
    assert.deepEqual(first, numbered(4, 'before'))
    assert.deepEqual(rest.slice(0, 4), numbered(4, 'parent'))
    const children = rest.slice(4)
    assert.deepEqual(
      children.filter((text) => text.startsWith('low')),
      numbered(4, 'low'),
    )
    assert.deepEqual(
      children.filter((text) => text.startsWith('high')),
      numbered(4, 'high'),
    )
    assert.equal(children.length, 8)
  })

  test(`a merged shard is begun when both its parents are at their ends, ${what}`, async (t) => {
    const stream = await KinesisStream.open(t, 2)
    const commits = new FakeCommits()
    await stream.put(numbered(7, 'low'))
    await stream.put(numbered(1, 'high'), MIDDLE)
    await stream.merge(shardId(0), shardId(1))
    await stream.put(numbered(4, 'merged'))
    const read = await drain(commits, () => stream.source(), limits)
    assert.deepEqual(read.slice(-4), numbered(4, 'merged'))
    assert.deepEqual(read.slice(0, -4).sort(), [...numbered(1, 'high'), ...numbered(7, 'low')])
  })
}

test('a split, splits of its children and their merge are followed from TRIM_HORIZON long after', async (t) => {
  const stream = await KinesisStream.open(t)
  await stream.put(['1'])
  await stream.split(shardId(0), MIDDLE)
  await stream.put(['2'])
  await stream.split(shardId(1), '1000')
  await stream.put(['3'], '1')
  await stream.put(['4'], '2000')
  await stream.merge(shardId(4), shardId(2))
  await stream.put(['5'], MIDDLE)
  assert.deepEqual((await stream.shardIds()).length, 6)
  const commits = new FakeCommits()
  assert.deepEqual(await drain(commits, () => stream.source()), ['1', '2', '3', '4', '5'])
  await stream.put(['6'], '1')
  assert.deepEqual(await drain(commits, () => stream.source()), ['6'])
  const { shards } = commits.position as { shards: Record<string, unknown> }
  assert.deepEqual(Object.keys(shards).sort(), [shardId(3), shardId(5)])
})

test('what ended a shard is only taken once the commit is there', async (t) => {
  const stream = await KinesisStream.open(t)
  const commits = new FakeCommits()
  await stream.put(['a'])
  await stream.split(shardId(0), MIDDLE)
  await stream.put(['b'])
  const source = stream.source()
  await commits.plan(source)
  assert.deepEqual(await commits.batch(source), [['a']])
  assert.deepEqual(await commits.batch(source), [['b']])
})

test('an empty shard that ends asks for a batch, so that its children are read without the clock', async (t) => {
  const stream = await KinesisStream.open(t)
  const commits = new FakeCommits()
  const source = stream.source({ initialPosition: 'LATEST' })
  await commits.batch(source)
  await stream.split(shardId(0), MIDDLE)
  await stream.put(['x'], MIDDLE)
  const plan = await commits.plan(source)
  assert.deepEqual([plan.ranges.length, plan.more], [0, true])
  commits.commit(source, plan)
  assert.deepEqual(await commits.batch(source), [['x']])
})

test('a split costs no listing, as the end of a shard names its children', async (t) => {
  const stream = await KinesisStream.open(t)
  const commits = new FakeCommits()
  const source = stream.source()
  await commits.batch(source)
  await stream.split(shardId(0), MIDDLE)
  const { ListShards = 0 } = await stream.calls(() => commits.batch(source))
  assert.equal(ListShards, 0)
  assert.deepEqual(await stream.calls(() => commits.batch(source)), { GetRecords: 2, GetShardIterator: 2 })
})

test('the last range of a shard says that it is the last', async (t) => {
  const stream = await KinesisStream.open(t)
  await stream.put(['a', 'b'])
  await stream.split(shardId(0), MIDDLE)
  const commits = new FakeCommits()
  const source = stream.source()
  const ends: unknown[] = []
  for (let batch = 0; batch < 2; batch++) {
    const plan = await commits.plan(source, { maxRecords: 1 })
    ends.push(JSON.stringify(plan.ranges[0]?.until).includes('endOfShard'))
    commits.commit(source, plan)
  }
  assert.deepEqual(ends, [false, true])
})

test('any run of puts, splits, merges, batches and restarts reads each record once, in the order of its key', async (t) => {
  const seed = Math.floor(Math.random() * 2 ** 31)
  const random = new Random(seed)
  const next = (below: number) => random.nextInt(below)
  const stream = await KinesisStream.open(t, 2)
  const commits = new FakeCommits()
  let source = stream.source()
  const put = new Map<string, string[]>()
  const read = new Map<string, string[]>()
  const note = (to: Map<string, string[]>, text: string) => {
    const key = text.split(':')[0] ?? ''
    to.set(key, [...(to.get(key) ?? []), text])
  }
  const readBatch = async (limits: object) => {
    const plan = await commits.plan(source, limits)
    for (const range of plan.ranges) {
      for await (const chunk of source.read(range, new AbortController().signal)) {
        for (const text of chunk as string[]) note(read, text)
      }
    }
    commits.commit(source, plan)
    return plan.more
  }
  for (let step = 0; step < 120; step++) {
    const what = next(10)
    if (what < 4) {
      const key = (BigInt(next(64)) << 122n).toString()
      const texts = numbered(1 + next(3), `${key}:${step}-`)
      for (const text of texts) note(put, text)
      await stream.put(texts, key)
    } else if (what < 8) await readBatch(next(2) === 0 ? { maxRecords: 1 + next(5) } : {})
    else if (what === 8) source = stream.source()
    else await reshard(stream, next)
  }
  while (await readBatch({})) {}
  assert.deepEqual(sorted(read), sorted(put), `seed ${seed}`)
})

function sorted(texts: ReadonlyMap<string, readonly string[]>): [string, readonly string[]][] {
  return [...texts].sort(([a], [b]) => (a < b ? -1 : 1))
}

async function reshard(stream: KinesisStream, next: (below: number) => number): Promise<void> {
  const { ListShardsCommand } = await import('@aws-sdk/client-kinesis')
  const { Shards = [] } = await stream.client.send(new ListShardsCommand({ StreamName: stream.name }))
  const open = Shards.filter(({ SequenceNumberRange: range }) => range?.EndingSequenceNumber === undefined)
    .map(({ ShardId = '', HashKeyRange: keys }) => ({
      id: ShardId,
      start: BigInt(keys?.StartingHashKey ?? 0),
      end: BigInt(keys?.EndingHashKey ?? 0),
    }))
    .sort((a, b) => (a.start < b.start ? -1 : 1))
  const index = next(open.length)
  const [one, two] = [open[index], open[index + 1]]
  if (one === undefined) return
  if (two !== undefined && next(2) === 0) await stream.merge(one.id, two.id)
  else if (one.end - one.start > 10n) await stream.split(one.id, ((one.start + one.end) / 2n).toString())
}
