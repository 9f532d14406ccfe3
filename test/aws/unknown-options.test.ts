import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defineApp, seconds } from 'sluice'
import { Clients, createBatchHandler, createHttpHandler } from 'sluice/aws'

const app = defineApp({ name: 'unknown-options', batchInterval: seconds(60) }, (ssc) => {
  ssc.textFileStream('s3://bucket/in').print()
})

const TAKERS: Readonly<Record<string, (options: never) => unknown>> = {
  createBatchHandler: (options) => createBatchHandler(app, options),
  createHttpHandler: (options) => createHttpHandler(app, options),
  Clients: (options) => new Clients(options),
}

for (const [name, take] of Object.entries(TAKERS)) {
  test(`${name} refuses an option that there is none of where it is given, before anything is called`, () => {
    const refusal = {
      code: 'bad-option',
      kind: 'invalid',
      message: new RegExp(`^${name} takes the options .*: chekpoint$`),
    }
    assert.throws(() => take({ chekpoint: 's3://bucket/prefix' } as never), refusal)
    assert.throws(() => take('s3://bucket/prefix' as never), { ...refusal, message: /as an object, as in \{ / })
  })
}
