import assert from 'node:assert/strict'
import { test } from 'node:test'
import { serveHttp } from '../../functions/demo/serve-http.ts'
import { createHttpApp, type HttpAppOptions } from '../../src/http/index.ts'

const TOKEN = 'correct-horse-battery-staple'
const WITH_TOKEN = { authorization: `Bearer ${TOKEN}` }

test('the interface reads the bodies of requests, and refuses those that are too large', async (t) => {
  const runtime = {
    clock: { now: () => 0, sleep: async () => {} },
    register: { url: 'none', read: async () => undefined },
  }
  const app = createHttpApp({ runtime: runtime as unknown as HttpAppOptions['runtime'], token: TOKEN })
  const server = await serveHttp((request) => app.fetch(request))
  t.after(() => server.close())
  const codeOf = async (body: BodyInit, headers: HeadersInit = WITH_TOKEN) => {
    const answer = await fetch(`${server.url}/replay`, { method: 'POST', headers, body, duplex: 'half' } as RequestInit)
    return ((await answer.json()) as { readonly error: { readonly code: string } }).error.code
  }
  assert.equal(await codeOf(JSON.stringify({ from: 10_000 })), 'no-checkpoint')
  assert.equal(await codeOf('nonsense'), 'bad-body')
  const long = JSON.stringify({ from: 10_000, padding: 'x'.repeat(1_000_000) })
  assert.equal(await codeOf(long), 'bad-body')
  assert.equal(await codeOf(new Blob([long]).stream()), 'bad-body')
  assert.equal(await codeOf(long, {}), 'unauthorized')
  assert.equal((await fetch(`${server.url}/health`)).status, 503)
})
