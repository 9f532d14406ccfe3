import assert from 'node:assert/strict'
import { test } from 'node:test'
import { safeJson } from '../../src/util/safe-json.ts'

test('whatever a log line carries has a text', () => {
  assert.equal(safeJson({ count: 2n, at: undefined }), '{"count":"2"}')
  assert.match(safeJson({ error: new TypeError('no row') }), /TypeError: no row/)
  assert.equal(safeJson(undefined), 'null')
  const cycle: { self?: unknown } = Object.create(null)
  cycle.self = cycle
  assert.equal(safeJson(cycle), '"[object Object]"')
})
