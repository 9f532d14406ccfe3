import assert from 'node:assert/strict'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { bootstrap } from './bootstrapped.ts'

function start(code: string, handler?: string) {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-bootstrap-'))
  writeFileSync(join(folder, 'index.mjs'), code)
  return bootstrap(folder, {}, handler)
}

test('a handler answers one invocation after the other in one process', async (t) => {
  const code =
    'let n = 0; export const handler = async (e, c) => ({ n: ++n, e, id: c.awsRequestId, left: c.getRemainingTimeInMillis() > 0 })'
  const { child, invoke } = start(code)
  t.after(() => child.kill())
  await invoke({ a: 1 })
  const { failed, body } = await invoke({ a: 2 })
  assert.equal(failed, false)
  assert.deepEqual(JSON.parse(body), { n: 2, e: { a: 2 }, id: 'r1', left: true })
})

test('a handler that throws fails its invocation with type and message', async (t) => {
  const { child, invoke } = start("export const handler = async () => { throw new RangeError('too far') }")
  t.after(() => child.kill())
  const { failed, body } = await invoke({})
  assert.equal(failed, true)
  const { errorType, errorMessage } = JSON.parse(body) as Record<string, string>
  assert.deepEqual([errorType, errorMessage], ['RangeError', 'too far'])
})

test('a handler that returns nothing answers null', async (t) => {
  const { child, invoke } = start('export const handler = async () => {}')
  t.after(() => child.kill())
  assert.deepEqual(await invoke({}), { failed: false, body: 'null' })
})

for (const [what, code, handler, type] of [
  ['a module that is missing', '', 'other.handler', 'Runtime.ImportModuleError'],
  ['a handler that is not exported', 'export const x = 1', 'index.handler', 'Runtime.HandlerNotFound'],
  ['a module that throws', "throw new TypeError('no token')", 'index.handler', 'TypeError'],
] as const) {
  test(`${what} fails every invocation`, async (t) => {
    const { child, invoke } = start(code, handler)
    t.after(() => child.kill())
    for (let i = 0; i < 2; i++) {
      const { failed, body } = await invoke({})
      assert.equal(failed, true)
      assert.equal((JSON.parse(body) as Record<string, string>).errorType, type)
    }
  })
}
