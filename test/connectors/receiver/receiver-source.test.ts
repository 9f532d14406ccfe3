import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openers } from '../../../src/connectors/openers.ts'
import type { Receiver } from '../../../src/dstream/receiver.ts'
import { serializeBlock } from '../../../src/dstream/serialize-block.ts'
import { receiverSource, socketSource } from '../../../src/dstream/sources/receiver-stream.ts'
import { encodeValue } from '../../../src/util/codec.ts'
import { SluiceError } from '../../../src/util/errors.ts'
import { FakeClock } from '../fake-clock.ts'
import { FakeStorage } from '../fake-storage.ts'
import { FakeCommits, readAll } from '../source-memory.ts'
import { FedReceiver, ReceiverWorld, until } from './receiver-world.ts'

async function started(world = new ReceiverWorld(), settings: Record<string, string> = {}) {
  const receiver = new FedReceiver()
  const source = world.open(receiver, settings)
  source.start?.()
  await until(() => receiver.calls.length > 0)
  return { world, receiver, source }
}

test('arrays, iterators and bytes are a block each, and a partition each', async () => {
  const { receiver, source } = await started()
  await receiver.store(['a', 'b'], { offset: 7 })
  await receiver.store(new Set(['c']).values())
  await receiver.store(serializeBlock([['d', 1]]))
  assert.equal(source.pending?.(), 3)
  assert.deepEqual(await new FakeCommits().batch(source), [['a', 'b'], ['c'], [['d', 1]]])
  assert.equal(source.pending?.(), 0)
  await source.close()
})

test('a block is acknowledged once the store has it, and not before', async () => {
  const { world, receiver, source } = await started()
  const stored = receiver.store(['a'])
  await until(() => world.storage.calls.some((call) => call.startsWith('acknowledged')))
  await stored
  world.storage.fault = (call) =>
    call.startsWith('put') ? new SluiceError({ code: 'read-only', kind: 'invalid', message: 'read-only' }) : undefined
  await assert.rejects(receiver.store(['lost']), { code: 'read-only' })
  world.storage.fault = () => undefined
  assert.deepEqual(await new FakeCommits().batch(source), [['a']])
  await source.close()
})

test('ReceivedBlockTrackerSuite "block addition, and block to batch allocation": a batch takes all blocks, each once', async () => {
  const { receiver, source } = await started()
  const commits = new FakeCommits()
  for (let block = 0; block < 5; block++) await receiver.store([block])
  const plan = await commits.plan(source)
  assert.equal(plan.ranges.length, 5)
  assert.equal(plan.records, 5)
  // A plan that was not committed takes nothing away.
  assert.deepEqual((await commits.plan(source)).ranges, plan.ranges)
  commits.commit(source, plan)
  assert.deepEqual(await commits.batch(source), [])
  await receiver.store(['later'])
  assert.deepEqual(await commits.batch(source), [['later']])
  assert.deepEqual(await readAll(source, plan), [[0], [1], [2], [3], [4]])
  await source.close()
})

test('ReceivedBlockTrackerSuite "recovery ... should remove only allocated blocks": blocks of a dead process are read by the next', async () => {
  const first = await started()
  const commits = new FakeCommits()
  await first.receiver.store(['read'])
  await commits.batch(first.source)
  await first.receiver.store(['unread'])
  // Killed: nobody closes it.
  const second = await started(first.world)
  await second.receiver.store(['new'])
  assert.deepEqual(await commits.batch(second.source), [['unread'], ['new']])
  assert.deepEqual(await commits.batch(second.source), [])
  await Promise.all([first.source.close(), second.source.close()])
})

test('a block that a late put brings back after it was read and deleted is not read again', async () => {
  const first = await started()
  const commits = new FakeCommits()
  await first.receiver.store(['once'])
  await commits.batch(first.source)
  const [[url, { bytes }] = assert.fail()] = first.world.storage.objects
  first.world.storage.objects.delete(url)
  first.world.storage.write(url, bytes)
  const second = await started(first.world)
  assert.deepEqual(await commits.batch(second.source), [])
  await Promise.all([first.source.close(), second.source.close()])
})

test('a block with a lower number that becomes durable later is read all the same', async () => {
  const { world, receiver, source } = await started()
  const commits = new FakeCommits()
  let slow = true
  world.storage.fault = (call) => {
    const late = slow && /^put .*000000000000-/.test(call)
    return late ? new SluiceError({ code: 'slow-down', kind: 'retryable', message: 'slow down' }) : undefined
  }
  const late = receiver.store(['late'])
  await receiver.store(['early'])
  assert.deepEqual(await commits.batch(source), [['early']])
  slow = false
  await late
  assert.deepEqual(await commits.batch(source), [['late']])
  assert.deepEqual(commits.position, { consumed: { 'session-0': [0, 2] } })
  await source.close()
})

test('limits leave blocks for the next batch, and let one through at least', async () => {
  const { receiver, source } = await started()
  const commits = new FakeCommits()
  for (const block of [[1, 2], [3, 4], [5]]) await receiver.store(block)
  const plan = await commits.plan(source, { maxRecords: 1 })
  assert.equal(plan.more, true)
  assert.deepEqual(await readAll(source, plan), [[1, 2]])
  commits.commit(source, plan)
  assert.deepEqual(await commits.batch(source, { maxRecords: 3 }), [[3, 4], [5]])
  await source.close()
})

test('a block that is gone or damaged fails the batch by its name', async () => {
  const { world, receiver, source } = await started()
  await receiver.store(['a'])
  const plan = await new FakeCommits().plan(source)
  const [[url, { bytes }] = assert.fail()] = world.storage.objects
  const damaged = bytes.slice()
  damaged[damaged.length - 1] = 0x7f
  world.storage.write(url, damaged)
  await assert.rejects(readAll(source, plan), { code: 'block-corrupt', kind: 'data' })
  world.storage.objects.delete(url)
  await assert.rejects(readAll(source, plan), { code: 'block-missing', kind: 'data', message: /blocks\/in/ })
  await source.close()
})

test('bytes that are no block are refused, not acknowledged and left to fail a batch; no bytes are no elements', async () => {
  const { receiver, source } = await started()
  const text = new TextEncoder().encode('GET / HTTP/1.1').buffer as ArrayBuffer
  await assert.rejects(receiver.store(text), { code: 'not-a-block', kind: 'data' })
  const noArray = encodeValue({ row: 'boat' }).slice().buffer as ArrayBuffer
  await assert.rejects(receiver.store(noArray), { code: 'not-a-block' })
  await receiver.store(new ArrayBuffer(0))
  await receiver.store(serializeBlock(['a']))
  assert.deepEqual(await new FakeCommits().batch(source), [[], ['a']])
  await source.close()
})

test('single elements are stored before a stop is over, and refused after it', async () => {
  const { receiver, source } = await started(undefined, { 'spark.streaming.blockInterval': '1h' })
  for (let i = 0; i < 3; i++) void receiver.store(i)
  await source.stopReceiving?.()
  await assert.rejects(() => receiver.store('late'), {
    code: 'receiver-stopped',
    message: 'Cannot add data as BlockGenerator has not been started or has been stopped',
  })
  await assert.rejects(receiver.store(['late']), { code: 'receiver-stopped' })
  assert.deepEqual(await new FakeCommits().batch(source), [[0, 1, 2]])
  assert.deepEqual(receiver.calls, ['start', 'stop'])
  await source.close()
})

test('ReceiverTrackerSuite "should restart receiver after stopping it": only the end of the context is final', async () => {
  const { world, receiver, source } = await started()
  receiver.stop('enough', new Error('broken'))
  await until(() => receiver.calls.length === 3)
  assert.deepEqual(receiver.calls, ['start', 'stop', 'start'])
  await source.close()
  assert.deepEqual(
    world.events.map(({ kind, receiverInfo }) => [kind, receiverInfo.active, receiverInfo.lastErrorMessage]),
    [
      ['started', true, ''],
      ['stopped', false, 'enough'],
      ['started', true, 'enough'],
      ['stopped', false, 'Stopped by driver'],
    ],
  )
  const [{ receiverInfo } = assert.fail()] = world.events
  assert.equal(receiverInfo.name, 'FedReceiver-3')
})

test('a receiver that cannot start is stopped, told of, and tried again', async () => {
  const world = new ReceiverWorld()
  const receiver = new FedReceiver()
  receiver.failure = new Error('no such queue')
  const source = world.open(receiver)
  source.start?.()
  await until(() => receiver.calls.filter((call) => call === 'start').length === 2)
  const stopped = world.events.find(({ kind }) => kind === 'stopped')
  assert.equal(stopped?.receiverInfo.lastErrorMessage, 'Error starting receiver 3')
  assert.equal(stopped?.receiverInfo.lastError, 'no such queue')
  await receiver.store(['works'])
  assert.deepEqual(await new FakeCommits().batch(source), [['works']])
  await source.close()
})

test('a restart rests, and a stop of the context does not wait for the rest to end', async () => {
  const { receiver, source } = await started(undefined, { 'spark.streaming.receiverRestartDelay': '1h' })
  receiver.restart('lost connection')
  await until(() => receiver.calls.length === 2)
  assert.equal(receiver.isStopped(), true)
  await source.close()
  assert.deepEqual(receiver.calls, ['start', 'stop'])
})

test('an error is told of, and the receiver goes on', async () => {
  const { world, receiver, source } = await started()
  receiver.reportError('odd record', new Error('bad byte'))
  assert.equal(receiver.isStarted(), true)
  assert.deepEqual(world.events.at(-1)?.kind, 'error')
  assert.equal(world.events.at(-1)?.receiverInfo.lastError, 'bad byte')
  await source.close()
})

test('a receiver is refused where no process stays up, and before it has a context', () => {
  const clock = new FakeClock()
  const { openSource } = openers({ storage: new FakeStorage(), clock, write() {} })
  const descriptor = receiverSource(new FedReceiver() as Receiver<never>)
  assert.throws(() => openSource(descriptor, 'in'), { code: 'no-receivers-here', message: /kinesisStream/ })
  assert.throws(() => openSource(socketSource({ host: 'localhost', port: 1, format: 'lines' }), 'in'), {
    code: 'no-receivers-here',
  })
  assert.throws(() => new FedReceiver().store('early'), { code: 'receiver-not-attached' })
  assert.throws(() => receiverSource({} as Receiver<never>), { code: 'bad-option' })
  assert.throws(() => socketSource({ host: '', port: 1, format: 'lines' }), { code: 'bad-option' })
})
