import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { listingRules } from './listing-rules.ts'
import { keysOf, text, textOf } from './object-content.ts'
import type { ObjectStoreSubject, Rule } from './object-store-subject.ts'
import { raceRules } from './race-rules.ts'
import { isSluiceError, rejection } from './rejection.ts'
import { copyRules, uploadRules } from './transfer-rules.ts'

export type { ObjectStoreSubject } from './object-store-subject.ts'

export interface ObjectStoreContractOptions {
  /** Emulators that ignore `If-None-Match` can serve all but what depends on it. */
  readonly putIfAbsent?: boolean
}

/** What every object store must do. `make` is called once a test; it cleans up by `t.after`. */
export function objectStoreContract(
  name: string,
  make: (t: TestContext) => ObjectStoreSubject | Promise<ObjectStoreSubject>,
  options: ObjectStoreContractOptions = {},
): void {
  describe(`${name} keeps the object store's contract`, () => {
    const rule = (title: string, run: (subject: ObjectStoreSubject) => Promise<void>) =>
      test(title, async (t) => run(await make(t)))
    wholeObjects(rule)
    ranges(rule)
    if (options.putIfAbsent !== false) absence(rule)
    listingRules(rule)
    removal(rule)
    uploadRules(rule)
    copyRules(rule)
    names(rule)
    raceRules(rule)
  })
}

function wholeObjects(rule: Rule): void {
  rule('an object is read back as it was written, also by another process', async ({ store, again }) => {
    const info = await store.put('dir/a.txt', text('héllo'))
    assert.equal(info.key, 'dir/a.txt')
    assert.equal(info.sizeBytes, 6)
    assert.ok(Number.isInteger(info.lastModifiedMs))
    const stored = await again().get('dir/a.txt')
    assert.equal(await textOf(stored), 'héllo')
    assert.equal(stored?.info.etag, info.etag)
    assert.equal(stored?.info.sizeBytes, 6)
    assert.equal((await again().head('dir/a.txt'))?.etag, info.etag)
  })
  rule('an empty object is an object', async ({ store }) => {
    await store.put('empty', new Uint8Array())
    assert.equal((await (await store.get('empty'))?.bytes())?.length, 0)
    assert.equal((await store.head('empty'))?.sizeBytes, 0)
    assert.deepEqual(await keysOf(store, ''), ['empty'])
  })
  rule('what is not there is undefined, not an error', async ({ store }) => {
    await store.put('dir/a', text('x'))
    for (const key of ['b', 'dir', 'dir/a/b', 'dir/b', 'nowhere/a']) {
      assert.equal(await store.get(key), undefined, key)
      assert.equal(await store.head(key), undefined, key)
    }
  })
  rule('the ETag changes whenever the content does, however quickly and with the size unchanged', async ({ store }) => {
    const etags: string[] = []
    for (let i = 0; i < 40; i++) etags.push((await store.put('a', text(`version ${i % 40 < 10 ? '0' : ''}${i}`))).etag)
    assert.equal(new Set(etags).size, etags.length)
    assert.equal((await store.head('a'))?.etag, etags.at(-1))
  })
  rule('the caller may use its bytes again after a write', async ({ store }) => {
    const bytes = text('before')
    await store.put('a', bytes)
    const upload = store.upload('b')
    await upload.write(bytes)
    bytes.fill(0)
    await upload.complete()
    assert.equal(await textOf(await store.get('a')), 'before')
    assert.equal(await textOf(await store.get('b')), 'before')
  })
  rule('a place that holds an object exists', async ({ store }) => {
    await store.put('a', text('x'))
    assert.equal(await store.exists(), true)
  })
}

function ranges(rule: Rule): void {
  const cases: [start: number, end: number | undefined, expected: string][] = [
    [0, undefined, '0123456789'],
    [3, 6, '345'],
    [7, undefined, '789'],
    [9, 10, '9'],
    [8, 100, '89'],
    [4, 4, ''],
    [10, undefined, ''],
    [50, 60, ''],
  ]
  rule('a range is half-open and ends where the object does', async ({ store }) => {
    await store.put('digits', text('0123456789'))
    for (const [start, end, expected] of cases) {
      const range = end === undefined ? { start } : { start, end }
      const stored = await store.get('digits', { range })
      assert.equal(await textOf(stored), expected, `${start} to ${end}`)
      assert.equal(stored?.info.sizeBytes, 10, `the whole object's size, ${start} to ${end}`)
    }
    assert.equal(await store.get('absent', { range: { start: 2, end: 1000 } }), undefined)
    assert.equal(await store.get('absent', { range: { start: 2, end: 2 } }), undefined)
  })
  rule('a range that is none is refused', async ({ store }) => {
    await store.put('digits', text('0123456789'))
    for (const range of [{ start: -1 }, { start: 2, end: 1 }, { start: 0.5 }, { start: Number.NaN }]) {
      assert.ok(isSluiceError(await rejection(store.get('digits', { range })), 'bad-range', 'invalid'))
    }
  })
  rule('an object that has another ETag than the one wanted is reported as changed', async ({ store }) => {
    const { etag } = await store.put('a', text('one'))
    assert.equal(await textOf(await store.get('a', { ifMatch: etag })), 'one')
    assert.equal(await textOf(await store.get('a', { ifMatch: etag, range: { start: 1 } })), 'ne')
    await store.put('a', text('two'))
    for (const range of [undefined, { start: 1, end: 2 }, { start: 1, end: 1 }, { start: 9 }]) {
      const wanted = range === undefined ? { ifMatch: etag } : { ifMatch: etag, range }
      assert.ok(isSluiceError(await rejection(store.get('a', wanted)), 'object-changed', 'data'))
    }
    assert.equal(await store.get('absent', { ifMatch: etag }), undefined)
  })
}

function absence(rule: Rule): void {
  rule('putIfAbsent writes only where nothing is', async ({ store }) => {
    const first = await store.putIfAbsent('a/b', text('first'))
    assert.equal(first.kind, 'created')
    assert.deepEqual(await store.putIfAbsent('a/b', text('second')), { kind: 'exists' })
    assert.equal(await textOf(await store.get('a/b')), 'first')
    assert.equal(first.kind === 'created' && first.info.etag, (await store.head('a/b'))?.etag)
    await store.delete(['a/b'])
    assert.equal((await store.putIfAbsent('a/b', text('third'))).kind, 'created')
  })
  rule('of many racing putIfAbsent exactly one creates, and its bytes stay', async ({ store, again }) => {
    const stores = [store, again()]
    for (let round = 0; round < 4; round++) {
      const put = (i: number) => (stores[i % 2] ?? store).putIfAbsent(`race/${round}`, text(`of ${i}`))
      const results = await Promise.all(Array.from({ length: 20 }, (_, i) => put(i)))
      const winners = results.flatMap((result, i) => (result.kind === 'created' ? [i] : []))
      assert.equal(winners.length, 1)
      assert.equal(await textOf(await store.get(`race/${round}`)), `of ${winners[0]}`)
    }
    assert.deepEqual(await keysOf(store, ''), ['race/0', 'race/1', 'race/2', 'race/3'])
  })
}

function removal(rule: Rule): void {
  rule('deleting removes the objects named, and absent ones are no error', async ({ store }) => {
    for (const key of ['a/1', 'a/2', 'a/b/3']) await store.put(key, text(key))
    await store.delete(['a/1', 'a/none', 'none', 'a/b/3', 'a/2/below', 'a'])
    assert.deepEqual(await keysOf(store, ''), ['a/2'])
    assert.equal(await store.get('a/1'), undefined)
    await store.delete([])
  })
  rule('a name can become a folder once its object is gone, and the other way round', async ({ store }) => {
    await store.put('a', text('object'))
    await store.delete(['a'])
    await store.put('a/b', text('below'))
    await store.delete(['a/b'])
    await store.put('a', text('object again'))
    assert.deepEqual(await keysOf(store, ''), ['a'])
  })
}

const HOSTILE_KEYS = [
  '',
  '/',
  '/a',
  'a/',
  'a//b',
  '.',
  '..',
  '../a',
  'a/../b',
  'a/./b',
  'a\0b',
  '\ud800',
  'é'.repeat(513),
]

function names(rule: Rule): void {
  rule(
    'names that could leave the place, or that not every store can hold, are refused everywhere',
    async ({ store }) => {
      await store.put('fine', text('x'))
      for (const key of HOSTILE_KEYS) {
        const attempts: (() => Promise<unknown>)[] = [
          () => store.put(key, text('x')),
          () => store.putIfAbsent(key, text('x')),
          async () => store.upload(key),
          () => store.get(key),
          () => store.head(key),
          () => store.delete([key]),
          () => store.copy({ store, key: 'fine' }, key),
          () => store.copy({ store, key }, 'other'),
        ]
        for (const attempt of attempts) {
          const error = await rejection(Promise.resolve().then(attempt))
          assert.ok(isSluiceError(error, 'bad-key', 'invalid'), `${JSON.stringify(key)} by ${attempt}: ${error}`)
        }
      }
      for (const prefix of ['/', '/a', '../', 'a//', 'a/../', 'a\0']) {
        const error = await rejection(Promise.resolve().then(() => keysOf(store, prefix)))
        assert.ok(isSluiceError(error, 'bad-key', 'invalid'), `${JSON.stringify(prefix)}: ${error}`)
      }
      assert.deepEqual(await keysOf(store, ''), ['fine'])
    },
  )
  rule('a name may have 900 bytes; up to 1,024 less what the place itself takes', async ({ store }) => {
    const key = Array.from({ length: 9 }, () => 'x'.repeat(99))
      .join('/')
      .concat('y')
    assert.equal(key.length, 900)
    await store.put(key, text('deep'))
    assert.deepEqual(await keysOf(store, 'x'), [key])
  })
}
