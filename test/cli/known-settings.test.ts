import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { StandardSchemaV1 } from '@standard-schema/spec'
import { z } from 'zod'
import { refuseUnknownSettings } from '../../src/cli/known-settings.ts'
import { defineApp } from '../../src/dstream/define-app.ts'
import { seconds } from '../../src/util/time.ts'

function check(params: StandardSchemaV1, settings: Record<string, string>): void {
  refuseUnknownSettings(
    defineApp({ name: 'app', batchInterval: seconds(1), params }, () => {}),
    settings,
  )
}

const port = z.coerce.number().default(80)

const OBJECTS: Readonly<Record<string, StandardSchemaV1>> = {
  plain: z.object({ host: z.string(), port }),
  strict: z.strictObject({ host: z.string(), port }),
  refined: z.object({ host: z.string(), port }).refine(() => true),
  transformed: z.object({ host: z.string(), port }).transform(({ host, port }) => ({ url: `${host}:${port}` })),
  'with dates': z.object({ host: z.string(), port, since: z.coerce.date().optional() }),
}

for (const [kind, schema] of Object.entries(OBJECTS)) {
  test(`a key that a ${kind} object does not name is refused; those that it names are taken`, () => {
    assert.throws(() => check(schema, { host: 'a', prot: '81' }), /app has no parameter prot; it takes host, port/)
    check(schema, { host: 'a', port: '80' })
    check(schema, { host: 'a' })
  })
}

test('a misspelt key is told of also when another parameter is missing', () => {
  assert.throws(() => check(z.object({ host: z.string() }), { hots: 'a' }), /no parameter hots/)
})

test('keys that a schema lets through are taken', () => {
  check(z.looseObject({ host: z.string() }), { host: 'a', other: 'b' })
  check(z.object({ host: z.string() }).catchall(z.string()), { host: 'a', other: 'b' })
  check(z.record(z.string(), z.string()), { any: 'b' })
  check(z.union([z.object({ host: z.string() }), z.object({ url: z.string() })]), { url: 'b' })
})

test('a key that changes what the schema hands out is taken, named or not', () => {
  const renaming = z.preprocess(
    (given) => ({ host: (given as Record<string, string>).server }),
    z.object({ host: z.string().optional() }),
  )
  check(renaming, { server: 'a' })
  assert.throws(() => check(renaming, { server: 'a', other: 'b' }), /no parameter other; it takes host/)
})

test('a schema that cannot tell its keys is judged by what it hands out', () => {
  const validate = (given: unknown) => {
    const { host, port = '80' } = given as Record<string, string>
    return host === undefined ? { issues: [{ message: 'host is missing' }] } : { value: { host, port } }
  }
  const schema: StandardSchemaV1 = { '~standard': { version: 1, vendor: 'test', validate } }
  check(schema, { host: 'a', port: '80' })
  assert.throws(() => check(schema, { host: 'a', prot: '80' }), /no parameter prot; its params schema says/)
})
