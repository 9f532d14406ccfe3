import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MemoryObjectStore } from '../../src/local/stores/memory-object-store.ts'
import type { ObjectStore } from '../../src/ports/object-store.ts'
import { getObject, getRange, putParts } from '../../src/scheduler/stored.ts'

async function* parts(count: number, sizeBytes: number): AsyncGenerator<Uint8Array, void> {
  for (let i = 0; i < count; i++) yield new Uint8Array(sizeBytes).fill(i)
}

/** The names of the calls that write. */
function watched(store: ObjectStore): { readonly store: ObjectStore; readonly calls: string[] } {
  const calls: string[] = []
  const proxy = new Proxy(store, {
    get(target, property) {
      if (property === 'put' || property === 'upload') calls.push(property)
      const value: unknown = Reflect.get(target, property)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  return { store: proxy, calls }
}

for (const [what, count, sizeBytes, call] of [
  ['nothing', 0, 0, 'put'],
  ['little', 3, 1000, 'put'],
  ['more than one call takes', 40, 1_000_000, 'upload'],
] as const) {
  test(`${what} in parts is one object, written by ${call}, and read back whole or in ranges`, async () => {
    const { store, calls } = watched(new MemoryObjectStore())
    const ref = await putParts(store, 'object', parts(count, sizeBytes))
    assert.deepEqual([calls, ref.sizeBytes], [[call], count * sizeBytes])
    const whole = await getObject(store, ref)
    assert.equal(whole.length, ref.sizeBytes)
    const [start, end] = [Math.floor(sizeBytes / 2), sizeBytes + Math.floor(sizeBytes / 2)]
    if (count > 0)
      assert.deepEqual(Buffer.from(await getRange(store, ref, { start, end })), Buffer.from(whole.slice(start, end)))
  })
}

test('parts that cannot be made leave no object', async () => {
  const store = new MemoryObjectStore()
  async function* failing(): AsyncGenerator<Uint8Array, void> {
    yield* parts(20, 1_000_000)
    throw new Error('no more')
  }
  await assert.rejects(putParts(store, 'object', failing()), /no more/)
  assert.equal(await store.head('object'), undefined)
})

test('a range of an object that is gone is refused by its name', async () => {
  const store = new MemoryObjectStore()
  const ref = { key: 'gone', sizeBytes: 10, crc32c: '00000000' }
  await assert.rejects(getRange(store, ref, { start: 0, end: 5 }), { code: 'object-missing', message: /gone$/ })
})
