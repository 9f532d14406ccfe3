import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type TestContext, test } from 'node:test'
import { CallTime } from '../../src/aws/call-time.ts'
import { DynamoHeadRegister } from '../../src/aws/dynamo-head-register.ts'
import { DynamoKeyedStore } from '../../src/aws/dynamo-keyed-store.ts'
import { S3ObjectStore } from '../../src/aws/s3-object-store.ts'
import { leased, unborn } from '../../src/checkpoint/transitions.ts'
import { isSluiceError, rejection } from '../contracts/rejection.ts'
import { answeredBy } from './answering.ts'
import { SteppingClock } from './stepping-clock.ts'

const MARGIN_MS = 80_000
const END = { deadlineMs: 400_000, marginMs: MARGIN_MS }

/** A service that answers nothing, and an invocation in which it is called. */
async function silence(t: TestContext) {
  const clock = new SteppingClock(0)
  const time = new CallTime()
  const calls: IncomingMessage[] = []
  const clients = await answeredBy(t, (request) => void calls.push(request), time)
  const called = async () => {
    while (calls.length === 0) await new Promise((resolve) => setTimeout(resolve, 1))
  }
  return { clock, time, clients, calls, called }
}

test('a call of a batch that hangs is given up at half of the margin, and not made again', async (t) => {
  const { clock, time, clients, calls, called } = await silence(t)
  const store = new S3ObjectStore('s3://bucket', { clients })
  await time.within({ clock, ...END }, async () => {
    const error = rejection(store.put('a', new Uint8Array(1)))
    await called()
    clock.set(END.deadlineMs - MARGIN_MS / 2)
    assert.ok(isSluiceError(await error, 'unavailable', 'retryable'), String(await error))
    assert.ok(isSluiceError(await rejection(store.head('a')), 'unavailable', 'retryable'))
  })
  assert.equal(calls.length, 1)
})

test('so is one whose answer has begun', async (t) => {
  const clock = new SteppingClock(0)
  const time = new CallTime()
  const calls: IncomingMessage[] = []
  const clients = await answeredBy(
    t,
    (request, response) => {
      calls.push(request)
      // The client wraps a body with a checksum in a stream of its own, which is to hear of it, too.
      const headers = { etag: '"e"', 'content-length': '9', 'x-amz-checksum-crc32': 'AAAAAA==' }
      response.writeHead(200, headers).write('begun')
    },
    time,
  )
  const store = new S3ObjectStore('s3://bucket', { clients })
  await time.within({ clock, ...END }, async () => {
    const object = await store.get('a')
    const error = rejection(
      (async () => {
        for await (const chunk of object?.body ?? []) {
          assert.equal(String(chunk), 'begun')
          clock.set(END.deadlineMs - MARGIN_MS / 2)
        }
      })(),
    )
    assert.ok(isSluiceError(await error, 'unavailable', 'retryable'), String(await error))
  })
  assert.equal(calls.length, 1)
})

test('a call on the head goes on then, has half of the time that is left, and is given up before the deadline', async (t) => {
  const { clock, time, clients, calls, called } = await silence(t)
  const register = new DynamoHeadRegister({ clients, table: 'heads', clock })
  await time.within({ clock, ...END }, async () => {
    const error = rejection(register.read('words'))
    await called()
    clock.set(END.deadlineMs - MARGIN_MS / 2)
    const { abortSignal, requestTimeout } = time.bounds('head', 50_000)
    assert.deepEqual([abortSignal?.aborted, requestTimeout], [false, MARGIN_MS / 4])
    assert.equal(time.bounds('head', 5_000).requestTimeout, 5_000)
    clock.set(END.deadlineMs - MARGIN_MS / 8)
    assert.ok(isSluiceError(await error, 'unavailable', 'retryable'), String(await error))
  })
  assert.equal(calls.length, 1)
})

test('a swap that is not answered within its share of the time is unsettled', async (t) => {
  const clock = new SteppingClock(0)
  const time = new CallTime()
  const timers: NodeJS.Timeout[] = []
  t.after(() => timers.forEach(clearTimeout))
  const late = (_: unknown, response: ServerResponse) => void timers.push(setTimeout(() => response.end('{}'), 2_000))
  const clients = await answeredBy(t, late, time)
  const register = new DynamoHeadRegister({ clients, table: 'heads', clock })
  const head = unborn({ app: 'words', batchIntervalMs: 1_000, zeroTime: 0 })
  await time.within({ clock, deadlineMs: 400_000, marginMs: 1_000 }, async () => {
    clock.set(400_000 - 300)
    const swapped = await register.swap(0, leased(head, { owner: 'a', untilMs: 1, batchIntervalMs: 1_000 }))
    assert.equal(swapped.kind, 'unknown')
  })
})

test('outside of invocations, and after one, nothing is given up', async () => {
  const clock = new SteppingClock(0)
  const time = new CallTime()
  assert.deepEqual(time.bounds('work', 5_000), {})
  const bounds = await time.within({ clock, ...END }, async () => time.bounds('work', 5_000))
  clock.set(END.deadlineMs)
  assert.equal(bounds.abortSignal?.aborted, false)
  assert.deepEqual(time.bounds('head', 5_000), {})
})

test('a write by key is given up when its batch is told to stop', async (t) => {
  const { clients, calls, called } = await silence(t)
  const store = new DynamoKeyedStore({ clients, table: 'totals' })
  const stop = new AbortController()
  const error = rejection(store.write({ key: 'a', mark: '1', value: '1' }, stop.signal))
  await called()
  const [call] = calls
  assert.ok(call)
  const left = once(call.socket, 'close')
  stop.abort()
  assert.ok(isSluiceError(await error, 'unavailable', 'retryable'), String(await error))
  await left
  assert.equal(calls.length, 1)
})

test('Node does not tell of a leak when many calls are under way', async (t) => {
  const { clock, time, clients, calls } = await silence(t)
  const warnings: Error[] = []
  const hear = (warning: Error) => void warnings.push(warning)
  process.on('warning', hear)
  t.after(() => process.off('warning', hear))
  const store = new S3ObjectStore('s3://bucket', { clients })
  await time.within({ clock, ...END }, async () => {
    const heads = Array.from({ length: 20 }, (_, i) => rejection(store.head(String(i))))
    while (calls.length < heads.length) await new Promise((resolve) => setTimeout(resolve, 1))
    clock.set(END.deadlineMs - MARGIN_MS / 2)
    await Promise.all(heads)
  })
  await new Promise((resolve) => setImmediate(resolve))
  assert.deepEqual(warnings, [])
})
