import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { buildGraph, defineApp, isApplication } from '../../src/dstream/define-app.ts'
import type { RetainOptions } from '../../src/dstream/retain-options.ts'
import type { UpgradeOptions } from '../../src/dstream/upgrade-options.ts'
import { seconds } from '../../src/util/time.ts'

const params = z.object({ in: z.string(), limit: z.coerce.number().int().default(3) })

test('build gets the schema’s output, anew each time', () => {
  const seen: unknown[] = []
  const app = defineApp({ name: 'a', batchInterval: seconds(1), params }, (ssc, values) => {
    seen.push(values)
    ssc.textFileStream(values.in).print(values.limit)
  })
  assert.ok(isApplication(app))
  const [first, second] = [buildGraph(app, { in: '/x' }), buildGraph(app, { in: '/y', limit: '7' })]
  assert.deepEqual(seen, [
    { in: '/x', limit: 3 },
    { in: '/y', limit: 7 },
  ])
  assert.notEqual(first, second)
  assert.deepEqual(second.sink('print')?.options, { num: 7 })
})

test('parameters that do not fit are refused with all that is wrong', () => {
  const app = defineApp({ name: 'a', batchInterval: seconds(1), params }, () => {})
  assert.throws(
    () => buildGraph(app, { limit: 'many' }),
    (error: Error & { code?: string }) => {
      assert.equal(error.code, 'bad-params')
      assert.match(error.message, /application a: in: .*; limit: /)
      return true
    },
  )
})

test('without a schema build gets what was given', () => {
  let seen: unknown
  const app = defineApp({ name: 'a', batchInterval: seconds(1) }, (_, values) => {
    seen = values
  })
  buildGraph(app, { x: 1 })
  assert.deepEqual(seen, { x: 1 })
})

test('asynchronous schemas and builds are refused', () => {
  const slow = z.object({ in: z.string().refine(async () => true) })
  const schema = {
    '~standard': { version: 1, vendor: 'test', validate: (v: unknown) => Promise.resolve({ value: v }) },
  } as const
  assert.throws(
    () =>
      buildGraph(
        defineApp({ name: 'a', batchInterval: seconds(1), params: slow }, () => {}),
        { in: 'x' },
      ),
    {
      code: 'async-schema',
    },
  )
  assert.throws(() => buildGraph(defineApp({ name: 'a', batchInterval: seconds(1), params: schema }, () => {})), {
    code: 'async-schema',
  })
  assert.throws(() => buildGraph(defineApp({ name: 'a', batchInterval: seconds(1) }, async () => {})), {
    code: 'async-build',
  })
})

test('an application needs a name and a positive batch interval', () => {
  assert.throws(() => defineApp({ name: '', batchInterval: seconds(1) }, () => {}), { code: 'bad-application' })
  assert.throws(() => defineApp({ name: 'a', batchInterval: seconds(0) }, () => {}), { code: 'bad-application' })
  assert.throws(() => defineApp({ name: 'a', batchInterval: 10 as never }, () => {}), { code: 'bad-application' })
})

test('what to retain is counted in whole numbers from 1 and in Durations', () => {
  const declared = (retain: RetainOptions) => defineApp({ name: 'a', batchInterval: seconds(1), retain }, () => {})
  assert.deepEqual(declared({ batches: 1, age: seconds(0) }).retain, { batches: 1, age: seconds(0) })
  for (const retain of [{ batches: 0 }, { most: 1.5 }, { age: 60 as never }, { every: '1h' as never }]) {
    assert.throws(() => declared(retain), { code: 'bad-application', message: /^retain takes/ })
  }
  const contradictory = { batches: 11, most: 10 }
  assert.throws(() => declared(contradictory), { code: 'bad-application', message: /raise most, or lower batches/ })
})

test('an upgrade is said in uids', () => {
  const declared = (upgrade: UpgradeOptions) => defineApp({ name: 'a', batchInterval: seconds(1), upgrade }, () => {})
  assert.deepEqual(declared({ rename: { old: 'new' } }).upgrade, { rename: { old: 'new' } })
  for (const upgrade of [{ rename: { old: '' } }, { rename: null as never }, { drop: 'a' as never }, { drop: [''] }]) {
    assert.throws(() => declared(upgrade), { code: 'bad-application', message: /^upgrade takes/ })
  }
})
