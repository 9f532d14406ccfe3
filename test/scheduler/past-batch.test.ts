import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Token } from '../../src/checkpoint/attempt.ts'
import type { Head } from '../../src/checkpoint/head.ts'
import { manifestKey } from '../../src/checkpoint/names.ts'
import { collect } from '../../src/scheduler/collect.ts'
import { retainedBetween } from '../../src/scheduler/past-batch.ts'
import { collecting, headOf, signal, worldWith } from './collecting.ts'

const app = collecting()

/** A head as somebody read it, who does not know what has been collected since. */
function headNaming(head: Head, token: number): Head {
  const attempt = { incarnation: 1, batchTime: 1000, token: token as Token, number: 1 }
  const ref = { key: manifestKey(head.app, attempt), sizeBytes: 9, crc32c: '00000000' }
  return { ...head, boundary: 0 as Token, history: { recent: [{ kind: 'object', ref }] } }
}

test('a batch that a collection gave up while it was looked for is no longer retained; a manifest that is missing is', async () => {
  const world = await worldWith(app, 9)
  const head = await headOf(world)
  const runtime = world.process(undefined, app)
  await collect(runtime, { signal })
  const { boundary } = await headOf(world)
  const read = async (token: number): Promise<void> => {
    for await (const _ of retainedBetween(runtime, headNaming(head, token), { until: 1000 }));
  }
  await assert.rejects(read(boundary - 1), { code: 'batch-not-found' })
  await assert.rejects(read(boundary), { code: 'object-missing' })
})
