import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defineApp } from '../../src/dstream/define-app.ts'
import type { DStream } from '../../src/dstream/dstream.ts'
import type { SourceOpener } from '../../src/ports/source.ts'
import type { Runtime } from '../../src/scheduler/runtime.ts'
import { ReadBudget, SharedRead } from '../../src/scheduler/shared-read.ts'
import { seconds } from '../../src/util/time.ts'
import { drain, World } from './world.ts'

const { signal } = new AbortController()

interface Opened {
  readonly read: SharedRead<unknown>
  /** How often the source was asked, and how many of its readings have ended. */
  readonly times: { opened: number; ended: number }
}

function shared(chunks: readonly (readonly unknown[])[], bytes = 1e6, failingOnce = false): Opened {
  const times = { opened: 0, ended: 0 }
  async function* open(): AsyncGenerator<readonly unknown[]> {
    times.opened++
    try {
      for (const [at, chunk] of chunks.entries()) {
        if (failingOnce && times.opened === 1 && at === 1) throw new Error('cut off')
        yield chunk
      }
    } finally {
      times.ended++
    }
  }
  return { read: new SharedRead(open, new ReadBudget(bytes)), times }
}

async function all({ read }: Opened): Promise<unknown[]> {
  const records: unknown[] = []
  for await (const chunk of read.read(signal)) records.push(...chunk)
  return records
}

async function first({ read }: Opened): Promise<unknown> {
  for await (const chunk of read.read(signal)) return chunk[0]
  return undefined
}

test('readers after the first one get what was kept; the source is asked once', async () => {
  const opened = shared([
    ['a', 'b'],
    [1, null],
  ])
  for (let reader = 0; reader < 3; reader++) assert.deepEqual(await all(opened), ['a', 'b', 1, null])
  assert.deepEqual(opened.times, { opened: 1, ended: 1 })
})

test('a reader that stops early leaves the rest to the next one; what nobody reads is ended by close', async () => {
  const opened = shared([['a'], ['b'], ['c']])
  assert.equal(await first(opened), 'a')
  assert.equal(await first(opened), 'a')
  assert.deepEqual(opened.times, { opened: 1, ended: 0 })
  assert.deepEqual(await all(opened), ['a', 'b', 'c'])
  assert.deepEqual(opened.times, { opened: 1, ended: 1 })
  const unread = shared([['a'], ['b']])
  await first(unread)
  await unread.read.close()
  assert.deepEqual(unread.times, { opened: 1, ended: 1 })
})

test('objects are read again, as a function of one reader may have changed them', async () => {
  const opened = shared([['a'], [{ n: 1 }], ['b']])
  for (const reader of [1, 2]) {
    assert.deepEqual(await all(opened), ['a', { n: 1 }, 'b'])
    assert.equal(opened.times.opened, reader)
  }
})

test('past the memory for it a range is read again, and what was kept makes room', async () => {
  const budget = new ReadBudget(200)
  const open = async function* () {
    yield ['a']
    yield ['b'.repeat(500)]
  }
  const read = new SharedRead(open, budget)
  const opened = { read, times: { opened: 0, ended: 0 } }
  for (let reader = 0; reader < 2; reader++) assert.equal((await all(opened)).length, 2)
  assert.equal(budget.take(200), true)
})

test('a reading beyond the memory that is stopped early is ended at once', async () => {
  const opened = shared([['a'.repeat(500)], ['b']], 200)
  assert.equal(await first(opened), 'a'.repeat(500))
  assert.deepEqual(opened.times, { opened: 1, ended: 1 })
})

test('readers side by side share one reading, whoever is ahead', async () => {
  const opened = shared([['a'], ['b'], ['c']])
  const read = await Promise.all([all(opened), first(opened), all(opened)])
  assert.deepEqual(read, [['a', 'b', 'c'], 'a', ['a', 'b', 'c']])
  assert.deepEqual(opened.times, { opened: 1, ended: 1 })
})

test('of readers side by side none misses a record, or gets one twice, when memory ends', async () => {
  const chunks = [['a'], ['b', 'c'], ['d'.repeat(500)], ['e']]
  const opened = shared(chunks, 300)
  assert.deepEqual(await Promise.all([all(opened), all(opened)]), [chunks.flat(), chunks.flat()])
  assert.deepEqual(opened.times, { opened: 2, ended: 2 })
})

test('after a failure the source is asked anew', async () => {
  const failing = shared([['a'], ['b']], 1e6, true)
  await assert.rejects(all(failing), /cut off/)
  assert.deepEqual(await all(failing), ['a', 'b'])
})

const add = (a: number, b: number): number => a + b
const counts = (lines: DStream<string>) => lines.map((line) => [line, 1]).reduceByKey(add)

const graphs: Readonly<Record<string, (lines: DStream<string>) => void>> = {
  'two outputs': (lines) => {
    lines.print()
    lines.saveAsTextFiles('memory://out/lines')
  },
  'a diamond': (lines) => {
    lines
      .map((line) => `left ${line}`)
      .union(lines.map((line) => `right ${line}`))
      .saveAsTextFiles('memory://out/lines')
  },
  'a join with itself': (lines) => {
    const pairs = lines.map((line) => [line, 1])
    pairs.join(pairs).saveAsTextFiles('memory://out/lines')
  },
  'state beside an output': (lines) => {
    counts(lines).saveAsTextFiles('memory://out/lines')
    lines
      .map((line) => [line, 1])
      .updateStateByKey<number>((ones, sum = 0) => ones.reduce(add, sum))
      .saveAsTextFiles('memory://out/total')
  },
}

/** How often each file was read while an application ran, and what came out. */
async function run(
  build: (lines: DStream<string>) => void,
  memoryBytes: number,
): Promise<{ readonly reads: readonly number[]; readonly outputs: ReadonlyMap<string, string> }> {
  const world = new World()
  await world.feed(3)
  const app = defineApp({ name: 'shared', batchInterval: seconds(1) }, (ssc) =>
    build(ssc.textFileStream('memory://in', { newFilesOnly: false })),
  )
  const runtime = world.process(undefined, app)
  const reads = new Map<string, number>()
  const openSource: SourceOpener = (...args) => {
    const source = runtime.openSource(...args)
    const read: typeof source.read = (range, signal) => {
      const name = source.describe(range, 0)
      reads.set(name, (reads.get(name) ?? 0) + 1)
      return source.read(range, signal)
    }
    return new Proxy(source, {
      get: (target, property) => {
        const member = Reflect.get(target, property, target)
        if (property === 'read') return read
        return typeof member === 'function' ? member.bind(target) : member
      },
    })
  }
  const counting: Runtime = { ...runtime, openSource, memoryBytes }
  await drain(world, [counting])
  return { reads: [...reads.values()], outputs: await world.outputs() }
}

for (const [name, build] of Object.entries(graphs)) {
  test(`${name}: a batch reads its input once, and again only for want of memory`, async () => {
    const once = await run(build, 1 << 30)
    const again = await run(build, 0)
    assert.deepEqual(once.reads, [1, 1, 1])
    assert.ok(
      again.reads.some((times) => times > 1),
      `${again.reads}`,
    )
    assert.ok(once.outputs.size > 0)
    assert.deepEqual(once.outputs, again.outputs)
  })
}
