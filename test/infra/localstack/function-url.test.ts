import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { callFunctionUrl } from '../../../infra/localstack/function-url.ts'

test('a function is called at the endpoint, by the name of its URL, with the token only if there is one', async (t) => {
  const server = createServer((request, response) => {
    const { host, authorization } = request.headers
    response.writeHead(203).end(JSON.stringify([request.method, request.url, host, authorization ?? null]))
  }).listen(0, '127.0.0.1')
  t.after(() => server.close())
  await once(server, 'listening')
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const url = 'http://abc.lambda-url.us-east-1.localhost:4566/'
  const answer = await callFunctionUrl(url, endpoint, { method: 'POST', path: '/batches/1/replay', token: 'secret' })
  assert.equal(answer.status, 203)
  const host = 'abc.lambda-url.us-east-1.localhost:4566'
  assert.deepEqual(JSON.parse(answer.body), ['POST', '/batches/1/replay', host, 'Bearer secret'])
  const { body } = await callFunctionUrl(url, endpoint, { method: 'GET', path: '/health' })
  assert.deepEqual(JSON.parse(body), ['GET', '/health', host, null])
})
