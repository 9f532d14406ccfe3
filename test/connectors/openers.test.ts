import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openers } from '../../src/connectors/openers.ts'
import { MemoryObjectStore } from '../../src/local/stores/memory-object-store.ts'
import { SystemClock } from '../../src/local/system-clock.ts'

const storage = { open: (url: string) => new MemoryObjectStore({ url }) }
const common = { storage, clock: new SystemClock(), write() {} }

test('every kind of source and sink that a graph can name is opened without a call', async () => {
  const { openSource, openSink } = openers(common)
  await openSource({ kind: 'file', options: { url: 'memory://in', format: 'text' } }, 'in').close()
  await openSource({ kind: 'queue', options: { queue: [] } }, 'queue').close()
  assert.ok(openSink({ kind: 'files', options: { prefix: 'memory://out', suffix: '' } }, 'text'))
  assert.ok(openSink({ kind: 'print', options: { num: 10 } }, 'print'))
})

test('a kind that nothing opens is named with those there are', () => {
  const { openSource, openSink } = openers(common)
  assert.throws(() => openSource({ kind: 'kinesis', options: {} }, 's'), {
    code: 'unknown-source',
    kind: 'invalid',
    message: /there are file, queue, computed, ranged, socket, receiver: kinesis/,
  })
  assert.throws(() => openSource({ kind: 'constructor', options: {} }, 's'), { code: 'unknown-source' })
  assert.throws(() => openSink({ kind: 'carrier-pigeon', options: {} }, 'o'), {
    code: 'unknown-sink',
    message: /there are files, print, text: carrier-pigeon/,
  })
})

test('Kinesis streams are opened where there is something for them', () => {
  const source = openers(common).openSource({ kind: 'queue', options: { queue: [] } }, 'queue')
  const { openSource } = openers({ ...common, kinesis: () => source })
  assert.equal(openSource({ kind: 'kinesis', options: {} }, 's'), source)
})
