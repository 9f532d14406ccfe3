import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import {
  ListObjectsCommand,
  type ListObjectsCommandOutput,
  ListObjectsV2Command,
  type ListObjectsV2CommandInput,
  type ListObjectsV2CommandOutput,
  type S3Client,
} from '@aws-sdk/client-s3'
import { SortedKeys } from '../../src/embedded/s3/sorted-keys.ts'
import { compareUtf8 } from '../../src/util/utf8-order.ts'
import { BUCKET, openS3, put } from './s3.contract.ts'

type Asked = Omit<ListObjectsV2CommandInput, 'Bucket'>

/** A bucket with these keys. */
async function bucketOf(t: TestContext, keys: readonly string[]): Promise<S3Client> {
  const { client } = await openS3(t)
  for (const key of keys) await put(client, key, key)
  return client
}

/** Keys and common prefixes of all pages, and how many pages there were. */
async function list(client: S3Client, asked: Asked = {}) {
  const keys: string[] = []
  const prefixes: string[] = []
  let pages = 0
  let ContinuationToken: string | undefined
  do {
    const page: ListObjectsV2CommandOutput = await client.send(
      new ListObjectsV2Command({ Bucket: BUCKET, ...asked, ...(ContinuationToken && { ContinuationToken }) }),
    )
    keys.push(...(page.Contents ?? []).map(({ Key = '' }) => Key))
    prefixes.push(...(page.CommonPrefixes ?? []).map(({ Prefix = '' }) => Prefix))
    assert.equal(page.KeyCount, (page.Contents?.length ?? 0) + (page.CommonPrefixes?.length ?? 0))
    assert.equal(page.IsTruncated, page.NextContinuationToken !== undefined)
    ContinuationToken = page.NextContinuationToken
    pages += 1
  } while (ContinuationToken !== undefined)
  return { keys, prefixes, pages }
}

test('keys are listed in the order of their UTF-8 bytes', async (t) => {
  const keys = ['b', 'a', 'Z', 'ä', '\u{1F600}', '\uFF5E', 'a/b', 'a.b', 'aa', '~']
  const client = await bucketOf(t, keys)
  const expected = [...keys].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
  assert.deepEqual((await list(client)).keys, expected)
})

test('pages of any size give every key once', async (t) => {
  const expected = Array.from({ length: 23 }, (_, index) => `k${String(index).padStart(2, '0')}`)
  const client = await bucketOf(t, expected)
  for (const MaxKeys of [1, 7, 22, 23, 24]) {
    const { keys, pages } = await list(client, { MaxKeys })
    assert.deepEqual(keys, expected)
    assert.equal(pages, Math.ceil(23 / MaxKeys))
  }
  const none = await client.send(new ListObjectsV2Command({ Bucket: BUCKET, MaxKeys: 0 }))
  assert.deepEqual([none.KeyCount, none.IsTruncated], [0, false])
})

test('a prefix, and a key to start after, bound the listing', async (t) => {
  const client = await bucketOf(t, ['a/1', 'a/2', 'a/3', 'b/1', 'c'])
  assert.deepEqual((await list(client, { Prefix: 'a/' })).keys, ['a/1', 'a/2', 'a/3'])
  assert.deepEqual((await list(client, { Prefix: 'a/', StartAfter: 'a/1' })).keys, ['a/2', 'a/3'])
  assert.deepEqual((await list(client, { StartAfter: 'a/25' })).keys, ['a/3', 'b/1', 'c'])
  assert.deepEqual((await list(client, { StartAfter: 'a/25', MaxKeys: 1 })).keys, ['a/3', 'b/1', 'c'])
  assert.deepEqual((await list(client, { Prefix: 'x' })).keys, [])
  assert.deepEqual((await list(client, { Prefix: 'a/', StartAfter: 'b' })).keys, [])
})

test('a delimiter rolls what is below it up into common prefixes, each once, on pages of any size', async (t) => {
  const below = Array.from({ length: 30 }, (_, index) => `x/${index}`)
  const client = await bucketOf(t, ['a', 'x', 'x-', ...below, 'y/1/2', 'y/3', 'z'])
  for (const MaxKeys of [1, 2, 3, 1000]) {
    const { keys, prefixes } = await list(client, { Delimiter: '/', MaxKeys })
    assert.deepEqual(
      [keys, prefixes],
      [
        ['a', 'x', 'x-', 'z'],
        ['x/', 'y/'],
      ],
    )
    const deeper = await list(client, { Delimiter: '/', Prefix: 'y/', MaxKeys })
    assert.deepEqual([deeper.keys, deeper.prefixes], [['y/3'], ['y/1/']])
  }
  assert.deepEqual((await list(client, { Delimiter: '/', StartAfter: 'x/' })).prefixes, ['y/'])
})

test('names that XML cannot carry come through', async (t) => {
  const keys = ['a\u0001b', 'a\nb', 'a&<>"b', 'a b+c%2F', 'ä/\u{1F600}']
  const client = await bucketOf(t, keys)
  const page = await client.send(new ListObjectsV2Command({ Bucket: BUCKET, EncodingType: 'url' }))
  const names = (page.Contents ?? []).map(({ Key = '' }) => decodeURIComponent(Key))
  assert.deepEqual(names, [...keys].sort(compareUtf8))
  const plain = await bucketOf(t, keys.slice(1))
  assert.deepEqual((await list(plain)).keys, [...keys.slice(1)].sort(compareUtf8))
})

/** Names of the older listing, one a page. */
async function olderList(client: S3Client, Prefix: string): Promise<string[]> {
  const names: string[] = []
  let Marker: string | undefined
  do {
    const input = { Bucket: BUCKET, Prefix, Delimiter: '/', MaxKeys: 1, ...(Marker && { Marker }) }
    const page: ListObjectsCommandOutput = await client.send(new ListObjectsCommand(input))
    names.push(...(page.Contents ?? []).map(({ Key = '' }) => Key))
    names.push(...(page.CommonPrefixes ?? []).map(({ Prefix = '' }) => Prefix))
    Marker = page.NextMarker
  } while (Marker !== undefined)
  return names
}

test('the older listing pages by the last name', async (t) => {
  const client = await bucketOf(t, ['a', 'b/1', 'b/2', 'c'])
  assert.deepEqual(await olderList(client, ''), ['a', 'b/', 'c'])
})

test('the older listing goes on behind an object that is called as its folder', async (t) => {
  const client = await bucketOf(t, ['b/', 'b/1', 'b/2/3', 'c'])
  assert.deepEqual(await olderList(client, 'b/'), ['b/', 'b/1', 'b/2/'])
})

test('sorted keys agree with a sorted array, whatever is added and deleted', () => {
  const seed = Math.floor(Math.random() * 2 ** 31)
  let state = seed
  const random = (below: number) => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff
    return (state >> 8) % below
  }
  const keys = new SortedKeys()
  const model = new Set<string>()
  for (let step = 0; step < 20_000; step++) {
    const key = `k${random(6000)}`
    if (random(3) > 0 && !model.has(key)) {
      model.add(key)
      keys.add(key)
    } else if (model.delete(key)) keys.delete(key)
  }
  const sorted = [...model].sort()
  assert.deepEqual([...keys.from(() => false)], sorted, `seed ${seed}`)
  for (let probe = 0; probe < 100; probe++) {
    const from = `k${random(6000)}`
    const [found] = keys.from((key) => key < from)
    assert.equal(
      found,
      sorted.find((key) => key >= from),
      `seed ${seed}`,
    )
  }
  for (const key of sorted) keys.delete(key)
  assert.deepEqual([...keys.from(() => false)], [], `seed ${seed}`)
})
