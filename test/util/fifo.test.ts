import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { stagePartition } from '../../src/connectors/output-files/stage-partition.ts'
import { BlockGenerator } from '../../src/connectors/receiver/block-generator.ts'
import { RateLimiter } from '../../src/connectors/receiver/rate-limiter.ts'
import type { OutputJob } from '../../src/ports/sink.ts'
import { textFormat } from '../../src/rdd/formats/text-format.ts'
import { Gate } from '../../src/state/gate.ts'
import { Fifo } from '../../src/util/fifo.ts'
import { FakeClock } from '../connectors/fake-clock.ts'

const MANY = 3_000

/** How many elements all arrays have together of which this method is called. */
function elementsOf(t: TestContext, method: 'shift' | 'reduce'): () => number {
  let elements = 0
  const original: (...given: never[]) => unknown = Array.prototype[method]
  Reflect.set(Array.prototype, method, function (this: unknown[], ...given: never[]) {
    elements += this.length
    return Reflect.apply(original, this, given)
  })
  t.after(() => Reflect.set(Array.prototype, method, original))
  return () => elements
}

test('what waits comes out in the order in which it came in, however much has been taken', () => {
  const [fifo, array] = [new Fifo<number>(), [] as number[]]
  for (let i = 0; i < 20_000; i++) {
    if (i % 7 < 4) {
      fifo.push(i)
      array.push(i)
    } else {
      assert.equal(fifo.first, array[0])
      assert.equal(fifo.shift(), array.shift())
    }
    assert.equal(fifo.size, array.length)
  }
  while (array.length > 0) assert.equal(fifo.shift(), array.shift())
  assert.deepEqual([fifo.size, fifo.first, fifo.shift()], [0, undefined, undefined])
})

test('elements that wait for a receiver do not all move when one is taken', async (t) => {
  const clock = new FakeClock()
  let pushed = 0
  const pushBlock = async (block: readonly unknown[]) => {
    pushed += block.length
  }
  const options = { clock, limiter: new RateLimiter(clock, 1_000), blockIntervalMs: 200, blockQueueSize: 10 }
  const generator = new BlockGenerator(options, { pushBlock, onError() {} })
  generator.start()
  const moved = elementsOf(t, 'shift')
  await Promise.all(Array.from({ length: MANY }, (_, i) => generator.add(i)))
  await generator.stop()
  assert.equal(pushed, MANY)
  assert.ok(moved() <= 10 * MANY, `${moved()} moved for ${MANY} elements`)
})

test('calls that wait at a gate do not all move when one is let through', async (t) => {
  const gate = new Gate(2)
  const moved = elementsOf(t, 'shift')
  const done: number[] = []
  await Promise.all(Array.from({ length: MANY }, (_, i) => gate.run(async () => void done.push(i))))
  assert.equal(done.length, MANY)
  assert.ok(moved() <= 10 * MANY, `${moved()} moved for ${MANY} calls`)
})

test('the files of a partition are not all added up for each that is begun', async (t) => {
  const staging = { key: (_: string, file: string) => file, inlineBytes: 1e9 }
  const job = { output: 'o', attempt: { incarnation: 1, batchTime: 1 }, staging, signal: new AbortController().signal }
  const layout = { maxPartRecords: 1, maxPartBytes: Number.POSITIVE_INFINITY, compactBytes: 0 }
  async function* chunks() {
    yield Array.from({ length: MANY }, (_, i) => `line ${i}`)
  }
  const added = elementsOf(t, 'reduce')
  const elements = { partition: 0, chunks: chunks() }
  const parts = await stagePartition(job as unknown as OutputJob, { format: textFormat, layout }, elements)
  assert.equal(parts.length, MANY)
  assert.ok(added() <= 10 * MANY, `${added()} added for ${MANY} files`)
})
