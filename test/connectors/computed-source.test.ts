import assert from 'node:assert/strict'
import { test } from 'node:test'
import { consumedBy, isConsumed } from '../../src/checkpoint/consumed-blocks.ts'
import { blockName } from '../../src/checkpoint/names.ts'
import { openComputedSource } from '../../src/connectors/computed-source.ts'
import { Graph } from '../../src/dstream/graph.ts'
import { InputDStream } from '../../src/dstream/input-dstream.ts'
import type { ComputedBatch, CutBatch } from '../../src/dstream/sources/computed-stream.ts'
import { StreamBuilder } from '../../src/dstream/stream-builder.ts'
import { seconds, type Time } from '../../src/util/time.ts'
import { FakeClock } from './fake-clock.ts'
import { FakeStorage } from './fake-storage.ts'
import { FakeCommits, readAll } from './source-memory.ts'

const storage = new FakeStorage()
let sessions = 0

const newBuilder = () => new StreamBuilder({ graph: new Graph(seconds(1)), defaultParallelism: 2 })

function open<T>(stream: InputDStream<T>) {
  const { source } = stream.node
  assert.ok(source)
  return openComputedSource(source, 'own', {
    app: 'computing',
    streamId: 0,
    session: `session-${sessions++}`,
    checkpoint: storage.open('memory://checkpoint'),
    clock: new FakeClock(),
    log: { debug() {}, info() {}, warn() {}, error() {} },
  })
}

class Listed extends InputDStream<number> {
  readonly calls: string[] = []
  batches: ComputedBatch<number>[] = []
  async compute(time: Time): Promise<ComputedBatch<number>> {
    this.calls.push(String(time))
    return this.batches.shift()
  }
  override start(): void {
    this.calls.push('start')
  }
  override stop(): void {
    this.calls.push('stop')
  }
}

test('what a stream of one own class computes is stored with the plan, and read again exactly', async () => {
  const stream = new Listed(newBuilder())
  stream.batches = [[1, 2, 3], undefined, stream.context.sparkContext.parallelize([4, 5], 3), []]
  const source = open(stream)
  const commits = new FakeCommits()
  const first = await commits.plan(source)
  assert.deepEqual(await readAll(source, first), [[1], [2, 3]])
  // Another process reads what was computed, and computes nothing.
  const other = new Listed(newBuilder())
  assert.deepEqual(await readAll(open(other), first), [[1], [2, 3]])
  assert.deepEqual(other.calls, [])
  commits.commit(source, first)
  const none = await commits.plan(source)
  assert.equal(none.noDataset, true)
  commits.commit(source, none)
  assert.deepEqual(await commits.batch(source), [[], [4], [5]])
  assert.deepEqual(await commits.batch(source), [[], []])
  await source.close()
  assert.deepEqual(stream.calls, ['start', '1000 ms', '2000 ms', '3000 ms', '4000 ms', 'stop'])
})

test('a position marks all that was stored, also for plans that never came to be, and stays where nothing is', async () => {
  const stream = new Listed(newBuilder())
  stream.batches = [[1], [2], undefined, []]
  const before = new Listed(newBuilder())
  before.batches = [[0]]
  const commits = new FakeCommits()
  await commits.plan(open(before))
  const source = open(stream)
  await commits.plan(source)
  const plan = await commits.plan(source)
  const marks = consumedBy(plan.next)
  const isMarked = (key: string) => isConsumed(marks, blockName(key) ?? assert.fail(key))
  const stored = [...storage.objects.keys()]
  assert.ok(stored.length >= 3 && stored.every(isMarked), JSON.stringify(marks))
  commits.commit(source, plan)
  for (let batch = 0; batch < 2; batch++) assert.deepEqual((await commits.plan(source)).next, plan.next)
})

class Counted extends InputDStream<number> {
  compute(): never {
    throw new Error('it is cut instead')
  }
  override cut(_time: Time, position: unknown): CutBatch {
    const from = typeof position === 'number' ? position : 0
    return { ranges: [{ from, until: from + 2 }], next: from + 2 }
  }
  override *read(range: unknown): Iterable<number> {
    const { from, until } = range as { from: number; until: number }
    for (let number = from; number < until; number++) yield number
  }
}

test('a stream that can read again what it names stores nothing', async () => {
  const stored = storage.objects.size
  const source = open(new Counted(newBuilder()))
  const commits = new FakeCommits()
  assert.deepEqual(await commits.batch(source), [[0, 1]])
  assert.deepEqual(await commits.batch(open(new Counted(newBuilder()))), [[2, 3]])
  assert.equal(storage.objects.size, stored)
  await source.close()
})

interface Count {
  from: number
  until: number
}

/** Changes what it is given, and gives out what it keeps. */
class Careless extends InputDStream<{ n: number }> {
  readonly elements = [{ n: 0 }, { n: 1 }, { n: 2 }, { n: 3 }]
  compute(): never {
    throw new Error('it is cut instead')
  }
  override cut(_time: Time, position: unknown): CutBatch {
    const next = (position ?? { from: 0, until: 0 }) as Count
    next.from = next.until
    next.until += 2
    return { ranges: [next], next }
  }
  override read(range: unknown): { n: number }[] {
    const count = range as Count
    return this.elements.slice(count.from++, count.until++)
  }
}

test('what a stream of one own class does to positions and ranges, and others to its elements, is gone when it is tried again', async () => {
  const source = open(new Careless(newBuilder()))
  const commits = new FakeCommits()
  for (const expected of [
    [{ n: 0 }, { n: 1 }],
    [{ n: 2 }, { n: 3 }],
  ]) {
    const { position } = commits
    const plan = await commits.plan(source)
    assert.deepEqual(await source.plan({ ...commits.request(), position }), plan)
    for (const _ of [1, 2]) {
      const [elements = []] = (await readAll(source, plan)) as { n: number }[][]
      assert.deepEqual(elements, expected)
      for (const element of elements) element.n = -1
    }
    commits.commit(source, plan)
  }
})

test('what is no batch is refused, and a stream is called after its class', async () => {
  const stream = new Listed(newBuilder())
  stream.batches = ['text' as never]
  await assert.rejects(new FakeCommits().plan(open(stream)), { code: 'not-a-dataset' })
  assert.equal(stream.name, 'Listed stream')
})

test('a constant stream has the same dataset in every batch, and is refused without one', async () => {
  const ssc = newBuilder()
  assert.throws(() => ssc.constantStream(null as never), { code: 'bad-option', kind: 'invalid' })
  assert.equal(ssc.constantStream([1]).node.source?.kind, 'queue')
})

test('a stream whose start failed is started again by the next plan, and no more once it has started', async () => {
  let starts = 0
  class Late extends Listed {
    override start(): void {
      super.start()
      if (starts++ < 2) throw new Error('not there yet')
    }
  }
  const stream = new Late(newBuilder())
  stream.batches = [[1], [2]]
  const source = open(stream)
  source.start?.()
  await Promise.resolve()
  const commits = new FakeCommits()
  await assert.rejects(commits.plan(source), /not there yet/)
  assert.deepEqual(await commits.batch(source), [[], [1]])
  assert.deepEqual(await commits.batch(source), [[], [2]])
  await source.close()
  assert.equal(starts, 3)
  assert.equal(stream.calls.at(-1), 'stop')
})
