import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { defineApp } from '../../../src/dstream/define-app.ts'
import { InputDStream } from '../../../src/dstream/input-dstream.ts'
import { Receiver } from '../../../src/dstream/receiver.ts'
import type { StreamBuilder } from '../../../src/dstream/stream-builder.ts'
import { ContextRun } from '../../../src/local/context-run.ts'
import { localEnvironment } from '../../../src/local/environment.ts'
import { runApplication } from '../../../src/local/run-application.ts'
import { MemoryHeadRegister } from '../../../src/local/stores/memory-head-register.ts'
import { createRuntime, type Environment } from '../../../src/scheduler/create-runtime.ts'
import { milliseconds } from '../../../src/util/time.ts'
import { contextFor, quiet } from './context.ts'

/** Writes down what is done to it, and gives a number as it stops. */
class Noting extends Receiver<number> {
  readonly calls: string[] = []
  readonly #stopMs: number

  constructor(stopMs = 0) {
    super()
    this.#stopMs = stopMs
  }
  onStart(): void {
    this.calls.push('start')
  }
  async onStop(): Promise<void> {
    await pause(this.#stopMs)
    this.calls.push('stopped')
  }
}

const app = (name: string, build: (ssc: StreamBuilder) => void) =>
  defineApp({ name, batchInterval: milliseconds(20) }, build)

test('no receiver begins where another stream of its application cannot be opened', async (t) => {
  const receiver = new Noting()
  const build = (ssc: StreamBuilder) => {
    ssc.receiverStream(receiver).print()
    ssc.kinesisStream({ streamName: 'lines' }).print()
  }
  const ssc = contextFor(t)
  build(ssc)
  await assert.rejects(ssc.start(), /kinesis/)
  const environment = localEnvironment({ log: quiet, write: () => {} })
  await assert.rejects(runApplication(app('unopened', build), {}, environment), /kinesis/)
  await pause(10)
  assert.deepEqual(receiver.calls, [])
})

test('a receiver feeds one stream: an application that gives it to two is refused, and one after the other may have it', async (t) => {
  const receiver = new Noting()
  const both = contextFor(t)
  both.receiverStream(receiver).print()
  both.receiverStream(receiver).count().print()
  await assert.rejects(both.start(), { code: 'shared-receiver', message: /instance of its own/ })
  assert.deepEqual(receiver.calls, [])
  for (let contexts = 0; contexts < 2; contexts++) {
    const ssc = contextFor(t)
    ssc.receiverStream(receiver).print()
    await ssc.start()
    await ssc.stop()
  }
  assert.deepEqual(receiver.calls, ['start', 'stopped', 'start', 'stopped'])
})

test('a stream that cannot be stopped keeps nobody from waiting for the others', async (t) => {
  class Stubborn extends InputDStream<number> {
    compute(): number[] {
      return [1]
    }
    override stop(): void {
      throw new Error('will not')
    }
  }
  const receiver = new Noting(50)
  const ssc = contextFor(t)
  new Stubborn(ssc).print()
  ssc.receiverStream(receiver).print()
  await ssc.start()
  await ssc.stop()
  assert.deepEqual(receiver.calls, ['start', 'stopped'])
})

/** Each read fails from when a test says so. */
class Unreadable extends MemoryHeadRegister {
  fails = false
  override read(...args: Parameters<MemoryHeadRegister['read']>) {
    return this.fails ? Promise.reject(new Error('no answer')) : super.read(...args)
  }
}

test('a graceful stop that cannot find out what is left ends all the same, and with it batches and receivers', async () => {
  const register = new Unreadable()
  const receiver = new Noting()
  let batches = 0
  const counted = app('counted', (ssc) => ssc.receiverStream(receiver).foreachRDD(() => void batches++))
  const run = new ContextRun({
    environment: { ...localEnvironment({ log: quiet, write: () => {} }), register },
    runtime: (environment: Environment) => createRuntime(counted, {}, environment),
    onFailure: () => {},
  })
  await run.start()
  register.fails = true
  await assert.rejects(run.stopGracefully(1_000), /no answer/)
  const before = batches
  await pause(100)
  assert.equal(batches, before)
  assert.deepEqual(receiver.calls, ['start', 'stopped'])
})
