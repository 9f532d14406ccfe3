import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import type { Head } from '../../src/checkpoint/head.ts'
import { type BatchList, createHttpApp, type HttpAppOptions } from '../../src/http/index.ts'
import { MemoryHeadRegister } from '../../src/local/stores/memory-head-register.ts'
import { MemoryObjectStore } from '../../src/local/stores/memory-object-store.ts'
import type { Runtime } from '../../src/scheduler/runtime.ts'
import { SluiceError } from '../../src/util/errors.ts'
import { BATCH_INTERVAL_MS, failing, headAfter, inline, manifestAt } from './committed-head.ts'

const TOKEN = 'correct-horse-battery-staple'
const WITH_TOKEN = { headers: { authorization: `Bearer ${TOKEN}` } }

/** Of 25 committed batches, long enough after them. */
const SOON = 250_020
const LATER = 10_000_000

let nowMs = SOON
let logged: unknown[] = []

beforeEach(() => {
  nowMs = SOON
  logged = []
})

/** All that answering needs, apart from replays, which are tested with a real application elsewhere. */
async function appOver(head: Head | undefined, options: Partial<HttpAppOptions> = {}) {
  const register = new MemoryHeadRegister()
  if (head !== undefined) await register.swap(0, head)
  const runtime = {
    app: 'orders',
    batchIntervalMs: BATCH_INTERVAL_MS,
    register,
    checkpoint: new MemoryObjectStore(),
    clock: { now: () => nowMs, sleep: async () => {} },
  } as unknown as Runtime
  const log = { debug() {}, info() {}, warn() {}, error: (...line: unknown[]) => logged.push(line) }
  return createHttpApp({ runtime, token: TOKEN, log, ...options })
}

async function errorOf(response: Response): Promise<{ readonly code: string; readonly message: string }> {
  const body = (await response.json()) as { readonly error: { readonly code: string; readonly message: string } }
  assert.deepEqual(Object.keys(body), ['error'])
  assert.deepEqual(Object.keys(body.error), ['code', 'message'])
  return body.error
}

test('it refuses to start without a token that a client could send', async () => {
  for (const token of [undefined, '', '  ', 'two words', 'schlüssel', 'line\nbreak']) {
    await assert.rejects(appOver(undefined, { token }), { name: 'SluiceError', kind: 'invalid' })
  }
  await assert.rejects(appOver(undefined, { token: undefined }), /SLUICE_TOKEN/)
})

test('health tells the status code alone without the token, whatever is sent instead of it', async () => {
  const app = await appOver(headAfter(25, failing(260_000)))
  for (const authorization of ['', 'Bearer', 'Bearer wrong', `Basic ${TOKEN}`, TOKEN]) {
    const response = await app.request('/health', { headers: { authorization } })
    assert.equal(response.status, 503)
    assert.equal(await response.text(), '')
  }
  nowMs = SOON
  const healthy = await (await appOver(headAfter(25))).request('/health')
  assert.deepEqual([healthy.status, await healthy.text()], [200, ''])
})

test('health gives details with the token', async () => {
  const response = await (await appOver(headAfter(25))).request('/health', WITH_TOKEN)
  assert.equal(response.status, 200)
  assert.deepEqual(await response.json(), {
    healthy: true,
    app: 'orders',
    problems: [],
    batchIntervalMs: BATCH_INTERVAL_MS,
    lastCommitted: { batchTime: 250_000, committedAtMs: 250_010, ageMs: 10 },
  })
  nowMs = LATER
  const quiet = await (await appOver(headAfter(25))).request('/health', WITH_TOKEN)
  assert.equal(quiet.status, 503)
})

test('how long quiet is healthy can be set', async () => {
  nowMs = SOON + 70_000
  const strict = await appOver(headAfter(25), { healthyWithin: { intervals: 1, graceMs: 0 } })
  assert.equal((await strict.request('/health')).status, 503)
  assert.equal((await (await appOver(headAfter(25))).request('/health')).status, 200)
})

test('what cannot be looked at is not healthy, and says why only to those with the token', async () => {
  const broken = new SluiceError({ code: 'table-missing', kind: 'invalid', message: 'There is no table: heads' })
  const app = await appOver(undefined, {
    runtime: () => {
      throw broken
    },
  })
  const stranger = await app.request('/health')
  assert.deepEqual([stranger.status, await stranger.text()], [500, ''])
  const operator = await app.request('/health', WITH_TOKEN)
  assert.equal(operator.status, 500)
  assert.deepEqual(await errorOf(operator), { code: 'table-missing', message: 'There is no table: heads' })
  assert.equal(logged.length, 2)
})

test('everything but health needs the token, and tells nothing without it, not even what exists', async () => {
  const app = await appOver(headAfter(2))
  const requests: [string, string][] = [
    ['GET', '/batches'],
    ['POST', '/batches/10000/replay'],
    ['DELETE', '/batches'],
    ['GET', '/nothing'],
    ['POST', '/health'],
    ['OPTIONS', '/batches'],
  ]
  for (const [method, path] of requests) {
    for (const headers of [{}, { authorization: 'Bearer wrong' }, { authorization: `Bearer ${TOKEN}x` }]) {
      const response = await app.request(path, { method, headers })
      assert.equal(response.status, 401, `${method} ${path}`)
      assert.equal(response.headers.get('www-authenticate'), 'Bearer')
      assert.equal((await errorOf(response)).code, 'unauthorized')
    }
  }
})

test('batches come newest first, page by page, each once', async () => {
  const app = await appOver(headAfter(25, failing(260_000)))
  const seen: number[] = []
  let before = ''
  for (let page = 0; page < 3; page++) {
    const response = await app.request(`/batches?limit=10${before}`, WITH_TOKEN)
    const list = (await response.json()) as { batches: { batchTime: number }[]; nextBefore?: number }
    seen.push(...list.batches.map(({ batchTime }) => batchTime))
    before = `&before=${list.nextBefore}`
    assert.equal(list.nextBefore === undefined, page === 2)
  }
  assert.deepEqual(
    seen,
    Array.from({ length: 25 }, (_, i) => (25 - i) * BATCH_INTERVAL_MS),
  )
})

test('what a reset begins with is on the page of the batch whose time it has: no page leaves either out', async () => {
  const { history, ...head } = headAfter(3)
  const last = manifestAt(30_000)
  const attempt = { ...last.attempt, incarnation: 2 }
  const began = inline({ ...last, attempt, began: { by: 'reset', reason: 'anew' }, outputs: [] } as const)
  const recent = [...history.recent, inline(last)]
  const app = await appOver({ ...head, committed: { attempt, manifest: began, published: true }, history: { recent } })
  const listed: [number, boolean][] = []
  for (let before: number | undefined = 40_000; before !== undefined; ) {
    const response = await app.request(`/batches?limit=1&before=${before}`, WITH_TOKEN)
    const page = (await response.json()) as BatchList
    listed.push(...page.batches.map(({ batchTime, began }): [number, boolean] => [batchTime, began !== undefined]))
    before = page.nextBefore
  }
  assert.deepEqual(listed, [
    [30_000, true],
    [30_000, false],
    [20_000, false],
    [10_000, false],
  ])
})

test('a batch is listed with its time, records, delays and outputs, and the one that is failing above them', async () => {
  const response = await (await appOver(headAfter(2, failing(30_000)))).request('/batches?limit=1', WITH_TOKEN)
  assert.equal(response.status, 200)
  const { batches, planned, ...rest } = (await response.json()) as Record<string, unknown>
  assert.deepEqual(rest, { app: 'orders', batchIntervalMs: BATCH_INTERVAL_MS, nextBefore: 20_000 })
  assert.deepEqual(batches, [
    {
      batchTime: 20_000,
      records: 7,
      recordsByStream: { a: 3, b: 4 },
      outputs: ['s3://b/out-20000'],
      submissionTime: 20_001,
      processingStartTime: 20_003,
      processingEndTime: 20_010,
      schedulingDelayMs: 2,
      processingDelayMs: 7,
      totalDelayMs: 9,
      attempt: 2,
    },
  ])
  assert.deepEqual(planned, { batchTime: 30_000, attempts: 2, ...{ failure: failing(30_000).planned?.failure } })
})

test('an application that has not run yet has no batches', async () => {
  const response = await (await appOver(undefined)).request('/batches', WITH_TOKEN)
  assert.deepEqual(await response.json(), { app: 'orders', batchIntervalMs: BATCH_INTERVAL_MS, batches: [] })
})

test('bad input is answered with 400 and what is allowed', async () => {
  const app = await appOver(headAfter(2))
  for (const path of ['/batches?limit=0', '/batches?limit=501', '/batches?limit=ten', '/batches?before=-1']) {
    const response = await app.request(path, WITH_TOKEN)
    assert.equal(response.status, 400, path)
    assert.match((await errorOf(response)).message, /whole number from/)
  }
  for (const time of ['abc', '1.5', '-10000', '1e4', '99999999999999999999', '%20']) {
    const response = await app.request(`/batches/${time}/replay`, { method: 'POST', ...WITH_TOKEN })
    assert.equal(response.status, 400, time)
    assert.equal((await errorOf(response)).code, 'bad-number')
  }
})

test('a batch that no retained manifest describes cannot be replayed: 404', async () => {
  for (const head of [undefined, headAfter(2)]) {
    const response = await (await appOver(head)).request('/batches/15000/replay', { method: 'POST', ...WITH_TOKEN })
    assert.equal(response.status, 404)
    assert.equal((await errorOf(response)).code, 'batch-not-found')
  }
})

test('another method is 405 with what is allowed, another path 404', async () => {
  const app = await appOver(headAfter(2))
  const wrong: [string, string, string][] = [
    ['POST', '/health', 'GET, HEAD'],
    ['DELETE', '/batches', 'GET, HEAD'],
    ['OPTIONS', '/batches', 'GET, HEAD'],
    ['GET', '/batches/10000/replay', 'POST'],
  ]
  for (const [method, path, allow] of wrong) {
    const response = await app.request(path, { method, ...WITH_TOKEN })
    assert.deepEqual([response.status, response.headers.get('allow')], [405, allow], `${method} ${path}`)
    assert.equal((await errorOf(response)).code, 'method-not-allowed')
  }
  for (const path of ['/', '/batches/10000', '/health/x']) {
    const response = await app.request(path, WITH_TOKEN)
    assert.deepEqual([response.status, (await errorOf(response)).code], [404, 'not-found'])
  }
})

test('HEAD is GET without a body', async () => {
  const response = await (await appOver(headAfter(2))).request('/batches', { method: 'HEAD', ...WITH_TOKEN })
  assert.deepEqual([response.status, await response.text()], [200, ''])
})

test('an unexpected error is a constant text to the client and a trace in the log', async () => {
  const app = await appOver(undefined, {
    runtime: () => {
      throw new Error('secret: connection string')
    },
  })
  const response = await app.request('/batches', WITH_TOKEN)
  assert.equal(response.status, 500)
  const error = await errorOf(response)
  assert.equal(error.code, 'internal')
  assert.doesNotMatch(error.message, /secret/)
  assert.match(JSON.stringify(logged), /secret: connection string/)
})

test('what may pass is 503 and says when to come again', async () => {
  const app = await appOver(undefined, {
    runtime: () => {
      throw new SluiceError({ code: 'throttled', kind: 'retryable', message: 'Too many calls; try again' })
    },
  })
  const response = await app.request('/batches', WITH_TOKEN)
  assert.deepEqual([response.status, response.headers.get('retry-after')], [503, '5'])
})

test('every answer carries the security headers and none allows other origins', async () => {
  const app = await appOver(headAfter(2))
  const origin = { origin: 'https://elsewhere.example' }
  const requests: [string, RequestInit][] = [
    ['/health', { headers: origin }],
    ['/batches', { headers: { ...origin, ...WITH_TOKEN.headers } }],
    ['/batches', { headers: origin }],
    ['/nothing', { headers: { ...origin, ...WITH_TOKEN.headers } }],
  ]
  for (const [path, init] of requests) {
    const { headers } = await app.request(path, init)
    assert.equal(headers.get('x-content-type-options'), 'nosniff', path)
    assert.equal(headers.get('cache-control'), 'no-store', path)
    assert.match(headers.get('content-security-policy') ?? '', /default-src 'none'/)
    assert.match(headers.get('strict-transport-security') ?? '', /max-age/)
    assert.equal(headers.get('access-control-allow-origin'), null)
  }
})

test('a runtime that could not be made is asked for again by the next request', async () => {
  let calls = 0
  const app = await appOver(undefined, {
    runtime: () => {
      calls++
      throw new Error('not yet')
    },
  })
  await app.request('/batches', WITH_TOKEN)
  await app.request('/batches', WITH_TOKEN)
  assert.equal(calls, 2)
})
