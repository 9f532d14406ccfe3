/** The rules behind Spark's cases about its tracker of received blocks and its write-ahead logs, which blocks need none of here. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defineApp, milliseconds, Receiver, SluiceError, SparkConf } from 'sluice'
import { localEnvironment } from 'sluice/local'
import type { Head } from '../../src/checkpoint/head.ts'
import { runRuntime } from '../../src/local/run-application.ts'
import type { HeadRegister } from '../../src/ports/head-register.ts'
import { createRuntime, type Environment } from '../../src/scheduler/create-runtime.ts'
import { pendingBlocks, startReceiving } from '../../src/scheduler/receiving.ts'
import { closeSources, type Runtime } from '../../src/scheduler/runtime.ts'
import { readCases } from './read-cases.ts'

const quiet = { debug() {}, info() {}, warn() {}, error() {} }

class Fed extends Receiver<string> {
  onStart(): void {}
  onStop(): void {}
  /** Each element is a block of its own, durable when this resolves. */
  async blocks(...elements: string[]): Promise<void> {
    while (!this.#isUp()) await new Promise((resolve) => setTimeout(resolve, 1))
    for (const element of elements) await this.store([element])
  }
  #isUp(): boolean {
    try {
      return this.isStarted()
    } catch {
      return false
    }
  }
}

/** What outlives processes: a register and a store. Each `process` is killed by whoever forgets it. */
class Blocks {
  readonly environment: Environment = localEnvironment({ log: quiet, write: () => {} })
  /** One array for each batch with blocks: the elements, a partition each. */
  readonly batches: string[][][] = []

  process(register: HeadRegister = this.environment.register): { readonly runtime: Runtime; readonly receiver: Fed } {
    const receiver = new Fed()
    const app = defineApp({ name: 'blocks', batchInterval: milliseconds(20) }, (ssc) => {
      ssc.receiverStream(receiver).foreachRDD(async (rdd) => {
        const partitions = await rdd.glom().collect()
        if (partitions.length > 0) this.batches.push(partitions)
      })
    })
    const runtime = createRuntime(app, {}, { ...this.environment, register })
    startReceiving(runtime)
    return { runtime, receiver }
  }

  async run(runtime: Runtime, batches = 1): Promise<void> {
    await runRuntime(runtime, { batches })
  }
}

/** Fails the first swap that would write a plan: nothing is written. */
class FailingOnce implements HeadRegister {
  readonly #register: HeadRegister
  #plans = 0
  constructor(register: HeadRegister) {
    this.#register = register
  }
  get url(): string {
    return this.#register.url
  }
  read(app: string) {
    return this.#register.read(app)
  }
  async swap(expected: number, next: Head) {
    if (next.planned !== undefined && this.#plans++ === 0) {
      throw new SluiceError({ code: 'log-failed', kind: 'invalid', message: 'the log cannot be written' })
    }
    return this.#register.swap(expected, next)
  }
}

const FIVE = ['a', 'b', 'c', 'd', 'e']
const alone = (elements: readonly string[]) => elements.map((element) => [element])

test('ReceivedBlockTrackerSuite: block allocation to batch should not loose blocks from received queue', async () => {
  const blocks = new Blocks()
  const register = new FailingOnce(blocks.environment.register)
  const { runtime, receiver } = blocks.process(register)
  await receiver.blocks(...FIVE)
  assert.equal(pendingBlocks(runtime), 5)
  await assert.rejects(blocks.run(runtime), /the log cannot be written/)
  assert.deepEqual(blocks.batches, [])
  await blocks.run(runtime)
  assert.deepEqual([blocks.batches, pendingBlocks(runtime)], [[alone(FIVE)], 0])
  const recovered = blocks.process()
  await blocks.run(recovered.runtime)
  assert.deepEqual([blocks.batches, pendingBlocks(recovered.runtime)], [[alone(FIVE)], 0])
  await Promise.all([runtime, recovered.runtime].map(closeSources))
})

test('ReceivedBlockTrackerSuite: recovery with write ahead logs should remove only allocated blocks from received queue', async () => {
  const blocks = new Blocks()
  const first = blocks.process()
  await first.receiver.blocks(...FIVE)
  await blocks.run(first.runtime)
  await first.receiver.blocks('f', 'g')
  const second = blocks.process()
  await second.receiver.blocks('h')
  await blocks.run(second.runtime)
  assert.deepEqual(blocks.batches, [alone(FIVE), alone(['f', 'g', 'h'])])
  await Promise.all([first, second].map(({ runtime }) => closeSources(runtime)))
})

test('ReceivedBlockTrackerSuite: recovery and cleanup with write ahead logs: blocks outlive the process that stored them, and each is read by one batch', async () => {
  const blocks = new Blocks()
  const first = blocks.process()
  await first.receiver.blocks(...FIVE)
  // Killed before any batch: the next process reads the blocks, each in exactly one batch.
  const second = blocks.process()
  await blocks.run(second.runtime)
  await second.receiver.blocks('f', 'g')
  await blocks.run(second.runtime)
  const third = blocks.process()
  await blocks.run(third.runtime, 2)
  assert.deepEqual(blocks.batches, [alone(FIVE), alone(['f', 'g'])])
  assert.equal(pendingBlocks(third.runtime), 0)
  await Promise.all([first, second, third].map(({ runtime }) => closeSources(runtime)))
})

test('WriteAheadLogBackedBlockRDDSuite: read sources: a batch reads the same from the process that stored a block and from another', async () => {
  const reads: string[][][] = []
  for (const otherProcess of [false, true]) {
    const blocks = new Blocks()
    const first = blocks.process()
    await first.receiver.blocks(...FIVE)
    const reader = otherProcess ? blocks.process() : first
    await blocks.run(reader.runtime)
    reads.push(...blocks.batches)
    await Promise.all([...new Set([first, reader])].map(({ runtime }) => closeSources(runtime)))
  }
  assert.deepEqual(reads, [alone(FIVE), alone(FIVE)])
})

test('WriteAheadLogUtilsSuite: defaults', () => {
  const given = readCases('test/conformance/cases.json').find(
    ({ suite, name }) => suite === 'WriteAheadLogUtilsSuite' && name === 'defaults',
  )
  const conf = new SparkConf()
  const [driver, receiver] = ['spark.streaming.driver.writeAheadLog', 'spark.streaming.receiver.writeAheadLog']
  const got = [
    conf.getBoolean(`${driver}.allowBatching`),
    conf.getBoolean(`${driver}.closeFileAfterWrite`),
    conf.getBoolean(`${receiver}.closeFileAfterWrite`),
    conf.getNumber(`${driver}.rollingIntervalSecs`),
    conf.getNumber(`${driver}.maxFailures`),
    conf.getMilliseconds(`${driver}.batchingTimeout`),
  ]
  assert.deepEqual(got, given?.expected)
})
