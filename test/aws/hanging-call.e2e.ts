import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { createBatchHandler } from '../../src/aws/index.ts'
import { isSluiceError, rejection } from '../contracts/rejection.ts'
import { wordCount } from './applications.ts'
import { CHECKPOINT, context, ruleEvent, START_MS, startLambdaWorld } from './lambda-world.ts'

const MINUTE_MS = 60_000
const FIRST_MS = START_MS + MINUTE_MS
const LEFT_MS = 5 * MINUTE_MS
/** Of a function with as much time. */
const MARGIN_MS = 10_000

/** Stands before S3 and keeps to itself what is put below the checkpoint, until it is told to hand it on. */
async function startGate(t: TestContext, endpoint: string) {
  const held: (() => Promise<number>)[] = []
  let isOpen = false
  const server = createServer(async (incoming, response) => {
    const body = await bytesOf(incoming)
    const pass = () => handOn(endpoint, incoming, { body, response })
    if (isOpen || incoming.method !== 'PUT' || !incoming.url?.startsWith('/data/checkpoint')) await pass()
    else held.push(pass)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const open = () => {
    isOpen = true
    return Promise.all(held.map((pass) => pass()))
  }
  return { endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, held, open }
}

async function bytesOf(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** Whether or not the client is still there. */
async function handOn(
  endpoint: string,
  { method, url, headers }: IncomingMessage,
  { body, response }: { readonly body: Buffer; readonly response: ServerResponse },
): Promise<number> {
  const sent = request(new URL(url ?? '/', endpoint), { method: method ?? 'GET', headers })
  sent.end(body)
  const [answer] = (await once(sent, 'response')) as [IncomingMessage]
  const answered = await bytesOf(answer)
  response.on('error', () => {}).writeHead(answer.statusCode ?? 500, answer.headers)
  response.end(answered)
  return answer.statusCode ?? 0
}

test('a call that hangs does not outlast the invocation: it ends in order, and what arrives late changes nothing', async (t) => {
  const world = await startLambdaWorld()
  t.after(() => world.close())
  const gate = await startGate(t, world.cloud.endpoints.s3)
  const aws = { ...world.aws, endpoints: { ...world.cloud.endpoints, s3: gate.endpoint } }
  const handler = createBatchHandler(wordCount, { ...world.options, aws })
  const words = Array.from({ length: 2_000 }, (_, i) => `word-${i}`)
  await world.put('in/1', words.join(' '))
  world.clock.set(START_MS)
  await handler(ruleEvent(START_MS), context())

  world.clock.set(FIRST_MS)
  const error = rejection(handler(ruleEvent(FIRST_MS), context(LEFT_MS)))
  while (gate.held.length === 0) await new Promise((resolve) => setTimeout(resolve, 1))
  for (const leftMs of [MARGIN_MS, MARGIN_MS / 2]) world.clock.set(FIRST_MS + LEFT_MS - leftMs)
  assert.ok(isSluiceError(await error, 'batch-failed', 'retryable'), String(await error))
  const sent = gate.held.length
  const head = await world.head('words')
  assert.deepEqual([head?.planned?.failure?.code, head?.lease], ['deadline', undefined])
  const staged = `${CHECKPOINT.slice('s3://data/'.length)}/`
  assert.deepEqual(await world.keys(staged), [])
  assert.deepEqual(new Set(await gate.open()), new Set([200]))
  assert.equal((await world.keys(staged)).length, sent)

  const laterMs = FIRST_MS + 10 * MINUTE_MS
  world.clock.set(laterMs)
  assert.equal((await handler(ruleEvent(laterMs), context(LEFT_MS))).outcome, 'committed')
  const parts = await world.keys(`out/words-${FIRST_MS}/part-`)
  const lines = (await Promise.all(parts.map((key) => world.get(key)))).join('').trimEnd().split('\n')
  assert.deepEqual(lines, words.map((word) => `(${word},1)`).sort())
})
