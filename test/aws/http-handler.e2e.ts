import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, test } from 'node:test'
import { DeleteObjectCommand } from '@aws-sdk/client-s3'
import { createBatchHandler, createHttpHandler, type HttpHandlerOptions } from '../../src/aws/index.ts'
import type { BatchList, ReplayAnswer } from '../../src/http/index.ts'
import { defineApp, minutes } from '../../src/index.ts'
import type { ReplayReport } from '../../src/scheduler/replay.ts'
import { totals, wordCount } from './applications.ts'
import {
  context,
  createStream,
  type LambdaWorld,
  putRecords,
  ruleEvent,
  START_MS,
  startLambdaWorld,
} from './lambda-world.ts'

const TOKEN = 'correct-horse-battery-staple'
const MINUTE_MS = 60_000
const FIRST_MS = START_MS + MINUTE_MS

let world: LambdaWorld

beforeEach(async () => {
  world = await startLambdaWorld()
})

afterEach(() => world.close())

interface Answer<T> {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: T
}

interface Sent {
  readonly token?: string
  readonly leftMs?: number
  readonly json?: unknown
}

/** What a function URL sends for a request, and what it makes of the answer. */
async function send<T>(
  handler: ReturnType<typeof createHttpHandler>,
  request: string,
  { token = TOKEN, leftMs = 300_000, json }: Sent = {},
): Promise<Answer<T>> {
  const [method = '', target = ''] = request.split(' ')
  const [path = '', query = ''] = target.split('?')
  const http = { method, path, protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'test' }
  const event = {
    version: '2.0',
    routeKey: '$default',
    rawPath: path,
    rawQueryString: query,
    headers: { host: 'id.lambda-url.us-east-1.on.aws', ...(token === '' ? {} : { authorization: `Bearer ${token}` }) },
    requestContext: {
      accountId: 'anonymous',
      apiId: 'id',
      domainName: 'id.lambda-url.us-east-1.on.aws',
      domainPrefix: 'id',
      http,
      requestId: 'e1506fd5-9e7b-434f-bd42-4f8fa224b599',
      routeKey: '$default',
      stage: '$default',
      time: '14/Nov/2023:22:13:20 +0000',
      timeEpoch: START_MS,
    },
    // Without a type that it knows to be text, a function URL sends bytes.
    body: json === undefined ? null : Buffer.from(JSON.stringify(json)).toString('base64'),
    isBase64Encoded: json !== undefined,
  }
  const answer = await (handler as unknown as (event: unknown, context: unknown) => Promise<RawAnswer>)(
    event,
    context(leftMs),
  )
  const body = (answer.body === '' ? '' : JSON.parse(answer.body)) as T
  return { status: answer.statusCode, headers: answer.headers, body }
}

interface RawAnswer {
  readonly statusCode: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

function http(app: Parameters<typeof createHttpHandler>[0], options: HttpHandlerOptions = {}) {
  return createHttpHandler(app, { ...world.options, token: TOKEN, ...options })
}

/** Batches 1 to `batches`, each with what `feed` brought before it. */
async function run(app: Parameters<typeof createBatchHandler>[0], batches: number, feed: (k: number) => Promise<void>) {
  const handler = createBatchHandler(app, world.options)
  for (let k = 0; k <= batches; k++) {
    if (k > 0) await feed(k)
    world.clock.set(START_MS + k * MINUTE_MS)
    await handler(ruleEvent(world.clock.now()), context())
  }
}

const addFile = (k: number) => world.put(`in/${k}`, `a b\nb ${k}\n`)

test('it refuses to start without a token', () => {
  assert.throws(() => createHttpHandler(wordCount, world.options), { code: 'token-missing', kind: 'invalid' })
})

test('health follows the commits: not before the first, with them, and not when they stay out', async () => {
  const handler = http(wordCount)
  assert.equal((await send(handler, 'GET /health', { token: '' })).status, 503)
  await run(wordCount, 2, addFile)
  const stranger = await send(handler, 'GET /health', { token: '' })
  assert.deepEqual([stranger.status, stranger.body], [200, ''])
  const operator = await send<{ healthy: boolean; lastCommitted: { batchTime: number } }>(handler, 'GET /health')
  assert.deepEqual([operator.body.healthy, operator.body.lastCommitted.batchTime], [true, FIRST_MS + MINUTE_MS])
  world.clock.set(FIRST_MS + 10 * MINUTE_MS)
  assert.equal((await send(handler, 'GET /health', { token: '' })).status, 503)
})

test('a failing batch shows in health and above the committed ones, with its message', async () => {
  await run(wordCount, 1, addFile)
  const broken = defineApp({ name: 'words', batchInterval: minutes(1) }, (ssc) => {
    const lines = ssc.textFileStream('s3://data/in', { newFilesOnly: false })
    const failing = lines.map((line): string => {
      throw new Error(`cannot stand ${line}`)
    })
    failing.saveAsTextFiles('s3://data/out/words')
  })
  await addFile(2)
  world.clock.set(FIRST_MS + MINUTE_MS)
  await assert.rejects(createBatchHandler(broken, world.options)(ruleEvent(world.clock.now()), context()))
  const handler = http(wordCount)
  const health = await send<{ problems: string[] }>(handler, 'GET /health')
  assert.equal(health.status, 503)
  assert.match(health.body.problems.join(), /cannot stand a b/)
  const list = await send<BatchList>(handler, 'GET /batches')
  assert.equal(list.body.planned?.batchTime, FIRST_MS + MINUTE_MS)
  assert.match(list.body.planned?.failure?.message ?? '', /cannot stand a b/)
  assert.deepEqual(
    list.body.batches.map(({ batchTime }) => batchTime),
    [FIRST_MS],
  )
})

test('batches are listed page by page, beyond what the head itself carries', async () => {
  const batches = 60
  await run(wordCount, batches, (k) => (k % 2 === 0 ? addFile(k) : Promise.resolve()))
  const head = await world.head('words')
  assert.ok(head?.history.segment, 'the history has grown out of the head')
  const handler = http(wordCount)
  const seen: number[] = []
  for (let before = ''; ; ) {
    const { body } = await send<BatchList>(handler, `GET /batches?limit=25${before}`)
    seen.push(...body.batches.map(({ batchTime }) => batchTime))
    if (body.nextBefore === undefined) break
    before = `&before=${body.nextBefore}`
  }
  assert.deepEqual(
    seen,
    Array.from({ length: batches }, (_, i) => START_MS + (batches - i) * MINUTE_MS),
  )
})

test('a replay of a committed batch makes the same bytes, in a place of its own', async () => {
  await createStream(world.clients, 'letters')
  await run(totals, 4, (k) => putRecords(world.clients, 'letters', ['a', 'b', `c${k}`]))
  const published = await everything('out/')
  const head = await world.head('totals')
  const handler = http(totals)
  for (const batchTime of [FIRST_MS, FIRST_MS + 2 * MINUTE_MS]) {
    const { status, body } = await send<ReplayReport>(handler, `POST /batches/${batchTime}/replay`)
    assert.equal(status, 200)
    assert.deepEqual([body.batchTime, body.equal], [batchTime, true])
    assert.deepEqual(
      body.outputs.map(({ differences }) => differences),
      [[]],
    )
    const shadow = body.shadow.replace('s3://data/', '')
    assert.ok(shadow.startsWith('checkpoint/totals/shadow/'))
    assert.ok((await world.keys(shadow)).length > 0)
  }
  assert.deepEqual(await everything('out/'), published, 'what is published stays as it is')
  assert.deepEqual(await world.head('totals'), head, 'and so does the head')
})

test('a replay of an application whose bytes differ on every run says so, and which', async () => {
  let runs = 0
  const moody = defineApp({ name: 'moody', batchInterval: minutes(1) }, (ssc) => {
    const lines = ssc.textFileStream('s3://data/in', { newFilesOnly: false })
    lines.saveAsTextFiles('s3://data/out/same')
    lines.map((line) => `${line} ${++runs}`).saveAsTextFiles('s3://data/out/moody')
  })
  await run(moody, 1, addFile)
  const published = await everything('out/')
  const { status, body } = await send<ReplayReport>(http(moody), `POST /batches/${FIRST_MS}/replay`)
  assert.deepEqual([status, body.equal], [200, false])
  assert.deepEqual(
    body.outputs.map(({ destination, equal }) => [destination, equal]),
    [
      [`s3://data/out/same-${FIRST_MS}`, true],
      [`s3://data/out/moody-${FIRST_MS}`, false],
    ],
  )
  assert.match(body.outputs[1]?.differences.join() ?? '', /part-00000: same length, other bytes/)
  assert.deepEqual(await everything('out/'), published)
})

test('two replays of one batch at once are apart from each other', async () => {
  await run(wordCount, 1, addFile)
  const handler = http(wordCount)
  const path = `POST /batches/${FIRST_MS}/replay`
  const [one, other] = await Promise.all([send<ReplayReport>(handler, path), send<ReplayReport>(handler, path)])
  assert.deepEqual([one.body.equal, other.body.equal], [true, true])
  assert.notEqual(one.body.shadow, other.body.shadow)
})

test('a range is replayed, or published again from what was committed, into buckets', async () => {
  await run(wordCount, 3, addFile)
  const handler = http(wordCount)
  const published = await everything('out/')
  const range = { from: FIRST_MS, until: FIRST_MS + MINUTE_MS }
  const replayed = await send<ReplayAnswer>(handler, 'POST /replay', { json: range })
  assert.deepEqual([replayed.status, replayed.body.ok, replayed.body.batches.length], [200, true, 2])
  for (const [Key] of published.slice(0, 2))
    await world.clients.s3.send(new DeleteObjectCommand({ Bucket: 'data', Key }))
  const again = await send<ReplayAnswer>(handler, 'POST /replay', { json: { ...range, publish: true } })
  assert.deepEqual([again.status, again.body.ok, again.body.batches.length], [200, true, 2])
  assert.deepEqual(await everything('out/'), published)
})

test('a batch that does not exist is 404, what is no batch time 400, a request without the token 401', async () => {
  await run(wordCount, 1, addFile)
  const handler = http(wordCount)
  const statuses = await Promise.all([
    send(handler, `POST /batches/${FIRST_MS + 1}/replay`),
    send(handler, 'POST /batches/yesterday/replay'),
    send(handler, `POST /batches/${FIRST_MS}/replay`, { token: '' }),
    send(handler, 'GET /batches', { token: 'wrong' }),
  ])
  assert.deepEqual(
    statuses.map(({ status }) => status),
    [404, 400, 401, 401],
  )
})

test('an input that changed since is named, not replayed as if it were the same', async () => {
  await run(wordCount, 1, addFile)
  await world.put('in/1', 'something else\n')
  const { status, body } = await send<{ error: { code: string; message: string } }>(
    http(wordCount),
    `POST /batches/${FIRST_MS}/replay`,
  )
  assert.equal(status, 500)
  assert.match(body.error.message, /s3:\/\/data\/in\/1/)
  assert.doesNotMatch(JSON.stringify(body), /\.ts:/)
})

test('settings that are wrong are told to who has the token, and the status alone to others', async () => {
  const handler = http(wordCount, { table: 'missing-table' })
  const operator = await send<{ error: { code: string; message: string } }>(handler, 'GET /batches')
  assert.deepEqual([operator.status, operator.body.error.code], [500, 'table-missing'])
  const stranger = await send(handler, 'GET /health', { token: '' })
  assert.deepEqual([stranger.status, stranger.body], [500, ''])
})

/** The bytes of every object below a prefix. */
async function everything(prefix: string): Promise<[string, string][]> {
  return Promise.all((await world.keys(prefix)).map(async (key) => [key, await world.get(key)] as [string, string]))
}

test('an answer that waits for a call that hangs is given before the function is ended', async (t) => {
  const arrived: unknown[] = []
  const silent = createServer((request) => void arrived.push(request))
  await once(silent.listen(0, '127.0.0.1'), 'listening')
  t.after(() => {
    silent.closeAllConnections()
    silent.close()
  })
  const endpoint = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`
  const aws = { ...world.aws, endpoints: { s3: endpoint, dynamodb: endpoint, kinesis: endpoint } }
  const http = createHttpHandler(wordCount, { ...world.options, aws, token: TOKEN })
  const answer = send(http, 'GET /batches', { leftMs: 300_000 })
  while (arrived.length === 0) await new Promise((resolve) => setTimeout(resolve, 1))
  world.clock.set(world.clock.now() + 300_000)
  assert.equal((await answer).status, 503)
  assert.equal(arrived.length, 1)
})
