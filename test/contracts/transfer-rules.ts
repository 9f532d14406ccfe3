import assert from 'node:assert/strict'
import { collect, keysOf, pattern, text, textOf } from './object-content.ts'
import type { Rule } from './object-store-subject.ts'
import { isSluiceError, rejection } from './rejection.ts'

export function uploadRules(rule: Rule): void {
  rule('an upload of 25 MB in odd pieces shows when it is complete, not before', async ({ store, again }) => {
    const whole = pattern(25_000_000)
    const upload = store.upload('large/object')
    for (let at = 0, size = 1; at < whole.length; at += size, size = (size * 7 + 13) % 3_000_017) {
      await upload.write(whole.subarray(at, at + size))
    }
    assert.equal(await again().head('large/object'), undefined)
    assert.deepEqual(await keysOf(again(), ''), [])
    const info = await upload.complete()
    assert.equal(info.sizeBytes, whole.length)
    assert.equal((await again().head('large/object'))?.etag, info.etag)
    assert.ok(Buffer.from((await (await again().get('large/object'))?.bytes()) ?? []).equals(whole))
    assert.ok((await collect(await again().get('large/object'))).equals(whole))
    const range = { start: 11_000_000, end: 14_000_001 }
    assert.ok(
      (await collect(await store.get('large/object', { range }))).equals(whole.subarray(range.start, range.end)),
    )
  })
  rule('an upload may be small, or empty, and replaces what was there', async ({ store }) => {
    const small = store.upload('a')
    await small.write(text('sm'))
    await small.write(text('all'))
    await small.complete()
    assert.equal(await textOf(await store.get('a')), 'small')
    await store.upload('a').complete()
    assert.equal((await store.head('a'))?.sizeBytes, 0)
  })
  rule('an aborted upload leaves nothing, and what was there before stays', async ({ store }) => {
    await store.put('a', text('before'))
    for (const size of [0, 10, 9_000_000]) {
      const upload = store.upload('a')
      await upload.write(pattern(size))
      await upload.abort()
      await upload.abort()
      await assert.rejects(upload.write(text('x')))
      await assert.rejects(upload.complete())
    }
    const never = store.upload('b')
    await never.abort()
    const during = store.upload('c')
    const written = during.write(pattern(9_000_000))
    await during.abort()
    await written.catch(() => {})
    await assert.rejects(during.complete())
    assert.equal(await textOf(await store.get('a')), 'before')
    assert.deepEqual(await keysOf(store, ''), ['a'])
  })
}

export function copyRules(rule: Rule): void {
  rule('copies of one object have its bytes and one ETag, whoever makes them and when', async ({ store, again }) => {
    await store.put('from', text('copied'))
    const first = await store.copy({ store, key: 'from' }, 'to/1')
    await new Promise((resolve) => setTimeout(resolve, 20))
    const second = await again().copy({ store: again(), key: 'from' }, 'to/2')
    const third = await store.copy({ store, key: 'from' }, 'to/1')
    assert.deepEqual([second.etag, third.etag], [first.etag, first.etag])
    assert.deepEqual([first.key, second.key], ['to/1', 'to/2'])
    assert.equal(first.sizeBytes, 6)
    assert.equal((await store.head('to/2'))?.etag, first.etag)
    assert.equal(await textOf(await store.get('to/1')), 'copied')
  })
  rule('a copy comes from another place, too, and replaces what is there', async ({ store, elsewhere }) => {
    const other = elsewhere()
    await other.put('odd näme/+ &', text('from there'))
    await store.put('here', text('before, and longer than it'))
    await store.copy({ store: other, key: 'odd näme/+ &' }, 'here')
    assert.equal(await textOf(await store.get('here')), 'from there')
    assert.equal(await textOf(await other.get('odd näme/+ &')), 'from there')
  })
  rule('a copy stays as it is when its source is written again or deleted', async ({ store }) => {
    await store.put('from', text('first'))
    await store.copy({ store, key: 'from' }, 'to')
    await store.put('from', text('other'))
    assert.equal(await textOf(await store.get('to')), 'first')
    await store.delete(['from'])
    assert.equal(await textOf(await store.get('to')), 'first')
  })
  rule('copying what is missing says so and writes nothing', async ({ store }) => {
    assert.ok(isSluiceError(await rejection(store.copy({ store, key: 'none' }, 'to')), 'object-missing', 'data'))
    assert.deepEqual(await keysOf(store, ''), [])
  })
}
