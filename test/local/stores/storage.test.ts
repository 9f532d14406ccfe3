import assert from 'node:assert/strict'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { localSchemes, openLocalStorage } from '../../../src/local/stores/storage.ts'
import { byScheme } from '../../../src/util/by-scheme.ts'
import { isSluiceError } from '../../contracts/rejection.ts'
import { tempDirectory } from '../../contracts/temp-directory.ts'

const bytes = Buffer.from('content')

test('a path and its URL open the same directory', async (t) => {
  const directory = tempDirectory(t)
  const storage = openLocalStorage()
  await storage.open(join(directory, 'a b')).put('key', bytes)
  for (const url of [pathToFileURL(join(directory, 'a b')).href, `${directory}/x/../a b/`]) {
    assert.ok(await storage.open(url).head('key'), url)
  }
  assert.equal(storage.open('relative').url, pathToFileURL(resolve('relative')).href)
})

test('memory of one name is one store, for as long as the storage lives', async () => {
  const storage = openLocalStorage()
  await storage.open('memory://a').put('key', bytes)
  assert.ok(await storage.open('memory://a/').head('key'))
  assert.equal(await storage.open('memory://b').head('key'), undefined)
  assert.equal(await openLocalStorage().open('memory://a').head('key'), undefined)
})

test('copies go between stores of different kinds, each copy with the same ETag', async (t) => {
  const storage = openLocalStorage()
  const [memory, files] = [storage.open('memory://a'), storage.open(tempDirectory(t))]
  await memory.put('from', bytes)
  const first = await files.copy({ store: memory, key: 'from' }, '1')
  const second = await files.copy({ store: memory, key: 'from' }, '2')
  assert.equal(first.etag, second.etag)
  await memory.copy({ store: files, key: '2' }, 'back')
  assert.deepEqual(Buffer.from((await (await memory.get('back'))?.bytes()) ?? []), bytes)
})

test('schemes that nothing opens are refused, naming those that are known', () => {
  const storage = byScheme({ ...localSchemes(), s3: () => openLocalStorage().open('memory://s3') })
  assert.equal(storage.open('S3://bucket').url, 'memory://s3')
  assert.throws(
    () => storage.open('hdfs://host/x'),
    (error) =>
      isSluiceError(error, 'unknown-scheme', 'invalid') && /file:\/\/, memory:\/\/, s3:\/\//.test(error.message),
  )
  assert.throws(() => storage.open('s3n://bucket/x'), /Write s3:\/\/ instead of s3n:\/\//)
  assert.throws(() => storage.open('constructor://x'), /Nothing here opens/)
  for (const url of ['', 'file://host/share', 'a\0b']) {
    assert.throws(
      () => storage.open(url),
      (error) => isSluiceError(error, 'bad-url', 'invalid'),
      url,
    )
  }
})
