import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '../../../src/testing/manual-clock.ts'
import { FakeCommits } from '../source-memory.ts'
import { FedReceiver, ReceiverWorld, until } from './receiver-world.ts'

/** Its `onStart` is the loop that receives: it fails when the connection is closed under it. */
class Looping extends FedReceiver {
  fail: (error: Error) => void = () => {}
  override onStart(): Promise<void> {
    super.onStart()
    return new Promise((_, reject) => {
      this.fail = reject
    })
  }
  override onStop(): void {
    super.onStop()
    this.fail(new Error('the connection was closed'))
  }
}

test('what a loop fails with because its run was ended does not end the run after it', async () => {
  const world = new ReceiverWorld()
  const receiver = new Looping()
  const source = world.open(receiver)
  source.start?.()
  await until(() => receiver.calls.length === 1)
  receiver.restart('another server', new Error('moved'))
  await until(() => receiver.calls.length === 3)
  await new Promise((resolve) => setTimeout(resolve, 20))
  assert.deepEqual(receiver.calls, ['start', 'stop', 'start'])
  receiver.fail(new Error('reset by peer'))
  await until(() => receiver.calls.length === 5)
  await source.close()
  assert.deepEqual(
    world.events.map(({ kind, receiverInfo }) => [kind, receiverInfo.lastError]),
    [
      ['started', ''],
      ['stopped', 'moved'],
      ['started', 'moved'],
      ['stopped', 'reset by peer'],
      ['started', 'reset by peer'],
      ['stopped', 'reset by peer'],
    ],
  )
})

/** Its `onStop` ends when the test says so. */
class Clinging extends FedReceiver {
  letGo: () => void = () => {}
  override async onStop(): Promise<void> {
    super.onStop()
    await new Promise<void>((resolve) => {
      this.letGo = resolve
    })
  }
}

async function stopping() {
  const clock = new ManualClock()
  const world = new ReceiverWorld(clock)
  const receiver = new Clinging()
  const source = world.open(receiver)
  source.start?.()
  await until(() => receiver.calls.length === 1)
  void receiver.store('accepted')
  return { clock, world, receiver, source }
}

/** Moves the clock on, and lets whoever that wakes have a turn. */
async function pass(clock: ManualClock, ms: number): Promise<void> {
  clock.advance(ms)
  await new Promise((resolve) => setTimeout(resolve, 5))
}

test('the end of a process waits ten seconds for an onStop, as in Spark, and then goes on without; what was accepted is stored', async () => {
  const { clock, world, receiver, source } = await stopping()
  let closed = false
  const closing = source.close().then(() => {
    closed = true
  })
  await until(() => receiver.calls.length === 2)
  await pass(clock, 9_999)
  assert.equal(closed, false)
  await pass(clock, 1)
  await closing
  const told = world.events.find(({ kind }) => kind === 'error')
  assert.match(told?.receiverInfo.lastError ?? '', /its onStop has not ended within 10000 ms/i)
  await assert.rejects(receiver.store('late'), { code: 'receiver-stopped' })
  assert.deepEqual(await new FakeCommits().batch(source), [['accepted']])
})

test('a graceful stop waits for an onStop as long as it takes, until the process ends', async () => {
  const { clock, receiver, source } = await stopping()
  const stopped = source.stopReceiving?.()
  await until(() => receiver.calls.length === 2)
  await pass(clock, 3_600_000)
  await receiver.store(['also taken'])
  receiver.letGo()
  await stopped
  assert.deepEqual((await new FakeCommits().batch(source)).sort(), [['accepted'], ['also taken']])

  const stuck = await stopping()
  void stuck.source.stopReceiving?.()
  await until(() => stuck.receiver.calls.length === 2)
  await pass(stuck.clock, 3_600_000)
  const closing = stuck.source.close()
  await pass(stuck.clock, 0)
  await pass(stuck.clock, 10_000)
  await closing
})
