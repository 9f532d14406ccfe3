import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import fc from 'fast-check'
import type { ObjectInfo, ObjectStore } from '../../src/ports/object-store.ts'
import { isSluiceError, rejection } from './rejection.ts'

export interface ObjectStoreSubject {
  /** Empty, and nobody else's. */
  readonly store: ObjectStore
  /** The same place as another process would open it. */
  again(): ObjectStore
  /** Another empty place of the same kind. */
  elsewhere(): ObjectStore
}

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
    listings(rule)
    removal(rule)
    uploads(rule)
    copies(rule)
    names(rule)
    races(rule)
  })
}

type Rule = (title: string, run: (subject: ObjectStoreSubject) => Promise<void>) => void

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

function listings(rule: Rule): void {
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

function uploads(rule: Rule): void {
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

function copies(rule: Rule): void {
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

function races(rule: Rule): void {
  rule('a reader beside racing writers sees whole objects only', async ({ store, again }) => {
    await store.put('shared', solid(0))
    let writing = true
    const write = async (writer: ObjectStore, from: number) => {
      for (let i = 0; i < 15; i++) await writer.put('shared', solid(from + i))
    }
    const read = async (reader: ObjectStore) => {
      while (writing) assertSolid(await bytesUnlessReplaced(reader))
    }
    const writers = Promise.all([write(store, 1), write(again(), 100)]).finally(() => {
      writing = false
    })
    await Promise.all([writers, read(store), read(again())])
  })
  rule('any sequence of writes, copies and deletions leaves what a map would hold', async ({ elsewhere }) => {
    const key = fc.constantFrom('a', 'b', 'c/1', 'c/2', 'd/e/f', 'd/g')
    const step = fc.oneof(
      fc.record({ kind: fc.constant('put' as const), key, size: fc.nat(2000) }),
      fc.record({ kind: fc.constant('upload' as const), key, size: fc.nat(2000) }),
      fc.record({ kind: fc.constant('delete' as const), key, size: fc.constant(0) }),
      fc.record({ kind: fc.constant('copy' as const), key, size: fc.constant(0), from: key }),
    )
    const property = fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 12 }), async (steps) => {
      const store = elsewhere()
      const model = new Map<string, Buffer>()
      for (const [i, each] of steps.entries()) await applyStep(store, model, { ...each, bytes: pattern(each.size, i) })
      assert.deepEqual(await keysOf(store, ''), [...model.keys()].sort())
      for (const [name, bytes] of model) assert.ok((await collect(await store.get(name))).equals(bytes))
    })
    await fc.assert(property, { numRuns: 15 })
  })
}

interface Step {
  readonly kind: 'put' | 'upload' | 'delete' | 'copy'
  readonly key: string
  readonly from?: string
  readonly bytes: Buffer
}

async function applyStep(store: ObjectStore, model: Map<string, Buffer>, step: Step): Promise<void> {
  const { kind, key, from = '', bytes } = step
  if (kind === 'delete') {
    await store.delete([key])
    model.delete(key)
  } else if (kind === 'copy') {
    const source = model.get(from)
    if (source === undefined) return void (await assert.rejects(store.copy({ store, key: from }, key)))
    await store.copy({ store, key: from }, key)
    model.set(key, source)
  } else {
    if (kind === 'put') await store.put(key, bytes)
    else await uploadAll(store, key, bytes)
    model.set(key, bytes)
  }
}

async function uploadAll(store: ObjectStore, key: string, bytes: Buffer): Promise<ObjectInfo> {
  const upload = store.upload(key)
  for (let at = 0; at < bytes.length; at += 700) await upload.write(bytes.subarray(at, at + 700))
  return upload.complete()
}

/** A read that finds the object replaced halfway may say so, which is what a caller can act on; it may not mix. */
async function bytesUnlessReplaced(store: ObjectStore): Promise<Uint8Array | undefined> {
  try {
    return await (await store.get('shared'))?.bytes()
  } catch (error) {
    if (isSluiceError(error, 'object-changed', 'retryable')) return undefined
    throw error
  }
}

/** Length and content tell the version, so that neither a short nor a mixed object passes. */
function solid(version: number): Buffer {
  return Buffer.alloc(200_000 + version, version)
}

function assertSolid(bytes: Uint8Array | undefined): void {
  if (bytes === undefined) return
  const version = bytes.length - 200_000
  assert.ok(
    Buffer.alloc(bytes.length, version).equals(bytes),
    `an object of ${bytes.length} bytes is not of one version`,
  )
}

function pattern(size: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(size)
  for (let i = 0; i + 4 <= size; i += 4) bytes.writeUInt32LE((Math.imul(i + seed, 2654435761) >>> 0) % 4294967291, i)
  return bytes
}

function text(value: string): Buffer {
  return Buffer.from(value)
}

async function textOf(stored: { bytes(): Promise<Uint8Array> } | undefined): Promise<string | undefined> {
  return stored === undefined ? undefined : Buffer.from(await stored.bytes()).toString()
}

async function collect(stored: { readonly body: AsyncIterable<Uint8Array> } | undefined): Promise<Buffer> {
  assert.ok(stored)
  const chunks: Uint8Array[] = []
  for await (const chunk of stored.body) chunks.push(chunk)
  return Buffer.concat(chunks)
}

function identity(info: ObjectInfo | undefined): Partial<ObjectInfo> {
  return { key: info?.key ?? 'none', sizeBytes: info?.sizeBytes ?? -1, etag: info?.etag ?? 'none' }
}

async function infosOf(store: ObjectStore, ...query: Parameters<ObjectStore['list']>): Promise<ObjectInfo[]> {
  const infos: ObjectInfo[] = []
  for await (const page of store.list(...query)) infos.push(...page)
  return infos
}

async function keysOf(store: ObjectStore, ...query: Parameters<ObjectStore['list']>): Promise<string[]> {
  return (await infosOf(store, ...query)).map(({ key }) => key)
}

async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
  const rest = items.values()
  const lane = async () => {
    for (const item of rest) await work(item)
  }
  await Promise.all(Array.from({ length: 16 }, lane))
}
