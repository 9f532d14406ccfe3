import assert from 'node:assert/strict'
import { identity, infosOf, keysOf, text, textOf } from './object-content.ts'
import type { Rule } from './object-store-subject.ts'

const ODD_NAMES = [
  'a-b',
  'a.txt',
  'a/x',
  'a/x.y/z',
  'a/x-y/z',
  'a0',
  'A',
  'b c',
  'b+c',
  'b%2Fc',
  "b'c&<d>",
  'b=1;c=2',
  '~',
  'é',
  'e\u0301',
  '日本/語',
  '\uE000private',
  '\uFB01',
  '\u{10000}beyond',
  '\u{1F600}/\u{1F601}',
]

export function listingRules(rule: Rule): void {
  rule('a listing is in the order of UTF-8 bytes, whatever the names', async ({ store }) => {
    for (const name of [...ODD_NAMES].reverse()) await store.put(name, text(name))
    const expected = [...ODD_NAMES].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    assert.deepEqual(await keysOf(store, ''), expected)
    for (const name of ODD_NAMES) assert.equal(await textOf(await store.get(name)), name)
    for (const [i, startAfter] of expected.entries()) {
      assert.deepEqual(await keysOf(store, '', { startAfter }), expected.slice(i + 1), `after ${startAfter}`)
    }
  })
  rule('a listing carries what head says', async ({ store }) => {
    await store.put('a/1', text('one'))
    await store.put('a/2', text('three'))
    const infos = await infosOf(store, 'a/')
    assert.deepEqual(
      infos.map(identity),
      await Promise.all(infos.map(async ({ key }) => identity(await store.head(key)))),
    )
  })
  rule('prefixes need not end at a slash; start-after need not be a key', async ({ store }) => {
    for (const key of ['ab/1', 'ab/2', 'abc', 'ac/1', 'b']) await store.put(key, text(key))
    assert.deepEqual(await keysOf(store, 'ab'), ['ab/1', 'ab/2', 'abc'])
    assert.deepEqual(await keysOf(store, 'ab/'), ['ab/1', 'ab/2'])
    assert.deepEqual(await keysOf(store, 'ab/2'), ['ab/2'])
    assert.deepEqual(await keysOf(store, 'ab/2/'), [])
    assert.deepEqual(await keysOf(store, 'nothing/'), [])
    assert.deepEqual(await keysOf(store, '', { startAfter: 'ab/1zzz' }), ['ab/2', 'abc', 'ac/1', 'b'])
    assert.deepEqual(await keysOf(store, '', { startAfter: 'ab0' }), ['abc', 'ac/1', 'b'])
    assert.deepEqual(await keysOf(store, 'ab', { startAfter: 'aa' }), ['ab/1', 'ab/2', 'abc'])
    assert.deepEqual(await keysOf(store, 'ab', { startAfter: 'b' }), [])
  })
  rule('with a delimiter only what is directly below the prefix is listed', async ({ store }) => {
    for (const key of ['a', 'd/1', 'd/2/x', 'd/3', 'dd', 'e/1']) await store.put(key, text(key))
    assert.deepEqual(await keysOf(store, '', { delimiter: '/' }), ['a', 'dd'])
    assert.deepEqual(await keysOf(store, 'd/', { delimiter: '/' }), ['d/1', 'd/3'])
    assert.deepEqual(await keysOf(store, 'd', { delimiter: '/' }), ['dd'])
    assert.deepEqual(await keysOf(store, 'd/', { delimiter: '/', startAfter: 'd/1' }), ['d/3'])
  })
  rule('a long listing comes in pages of at most 1,000, complete and in order', async ({ store }) => {
    const keys = Array.from({ length: 1_203 }, (_, i) => `many/${String(i).padStart(5, '0')}`)
    await inParallel(keys, (key) => store.put(key, text('x')))
    const pages: number[] = []
    const listed: string[] = []
    for await (const page of store.list('many/')) {
      pages.push(page.length)
      for (const { key } of page) listed.push(key)
    }
    assert.deepEqual(listed, keys)
    assert.ok(
      pages.every((size) => size > 0 && size <= 1000),
      `sizes ${pages}`,
    )
    assert.deepEqual(await keysOf(store, 'many/', { startAfter: 'many/00999' }), keys.slice(1000))
    await store.delete(keys)
    assert.deepEqual(await keysOf(store, ''), [])
  })
}

async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
  const rest = items.values()
  const lane = async () => {
    for (const item of rest) await work(item)
  }
  await Promise.all(Array.from({ length: 16 }, lane))
}
