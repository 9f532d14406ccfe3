import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { type TestContext, test } from 'node:test'
import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketLocationCommand,
  GetObjectCommand,
  type GetObjectCommandInput,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  type S3Client,
} from '@aws-sdk/client-s3'
import { type RunningServer, type S3Options, startS3 } from '../../src/embedded/index.ts'
import { s3Client } from './clients.ts'
import type { Ending } from './start.ts'

export interface S3 {
  readonly server: RunningServer
  readonly client: S3Client
}

export const BUCKET = 'bucket'

/** A server with an empty bucket. */
export async function openS3(t: TestContext, options: S3Options = {}): Promise<S3> {
  const server = await startS3(options)
  const client = s3Client(server.endpoint)
  t.after(async () => {
    client.destroy()
    await server.close()
  })
  await client.send(new CreateBucketCommand({ Bucket: BUCKET }))
  return { server, client }
}

export function put(
  client: S3Client,
  Key: string,
  Body: string | Uint8Array,
  rest: Partial<PutObjectCommandInput> = {},
) {
  // Without a length the client warns of empty bodies.
  const ContentLength = Buffer.byteLength(Body)
  return client.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body, ContentLength, ...rest }))
}

export async function get(client: S3Client, Key: string, rest: Partial<GetObjectCommandInput> = {}): Promise<Buffer> {
  const { Body } = await client.send(new GetObjectCommand({ Bucket: BUCKET, Key, ...rest }))
  return Buffer.from((await Body?.transformToByteArray()) ?? [])
}

export function md5(bytes: string | Uint8Array): string {
  return createHash('md5').update(bytes).digest('hex')
}

/** What holds wherever the objects are kept. */
export function s3Contract(store: string, directory: (test: Ending) => S3Options): void {
  test(`${store}: an object comes back with its bytes, its MD5 as entity tag and what was said about it`, async (t) => {
    const { client } = await openS3(t, directory(t))
    const said = {
      ContentType: 'text/plain',
      CacheControl: 'no-cache',
      ContentEncoding: 'identity',
      Metadata: { colour: 'blue' },
    }
    const { ETag } = await put(client, 'a', 'hello', said)
    const answer = await client.send(new GetObjectCommand({ Bucket: BUCKET, Key: 'a' }))
    assert.equal(ETag, `"${md5('hello')}"`)
    assert.equal(await answer.Body?.transformToString(), 'hello')
    const { ContentType, CacheControl, ContentEncoding, Metadata } = answer
    assert.deepEqual({ ContentType, CacheControl, ContentEncoding, Metadata }, said)
    const head = await client.send(new HeadObjectCommand({ Bucket: BUCKET, Key: 'a' }))
    assert.deepEqual([head.ContentLength, head.ETag, head.Metadata], [5, ETag, { colour: 'blue' }])
    assert.ok(head.LastModified)
  })

  test(`${store}: an empty object, an overwritten one and one of many megabytes are whole`, async (t) => {
    const { client } = await openS3(t, directory(t))
    await put(client, 'a', '')
    assert.equal((await get(client, 'a')).length, 0)
    const large = randomBytes(3 * 1024 * 1024 + 1)
    assert.equal((await put(client, 'a', large)).ETag, `"${md5(large)}"`)
    assert.ok((await get(client, 'a')).equals(large))
    await put(client, 'a', 'small again')
    assert.equal((await get(client, 'a')).toString(), 'small again')
  })

  for (const ChecksumAlgorithm of ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const) {
    test(`${store}: a stream with a trailing ${ChecksumAlgorithm} is checked, kept and given back`, async (t) => {
      const { client } = await openS3(t, directory(t))
      const bytes = randomBytes(300_000)
      const Body = Readable.from([bytes.subarray(0, 70_000), bytes.subarray(70_000)])
      await client.send(
        new PutObjectCommand({ Bucket: BUCKET, Key: 'a', Body, ContentLength: bytes.length, ChecksumAlgorithm }),
      )
      // The client checks what it reads against the checksum that it is given.
      assert.ok((await get(client, 'a', { ChecksumMode: 'ENABLED' })).equals(bytes))
      const head = await client.send(new HeadObjectCommand({ Bucket: BUCKET, Key: 'a', ChecksumMode: 'ENABLED' }))
      assert.ok(head[`Checksum${ChecksumAlgorithm}`])
      assert.equal(head.ChecksumType, 'FULL_OBJECT')
    })
  }

  test(`${store}: ranges give the bytes that they name`, async (t) => {
    const { client } = await openS3(t, directory(t))
    await put(client, 'a', '0123456789')
    const range = async (Range: string) => (await get(client, 'a', { Range })).toString()
    assert.equal(await range('bytes=2-4'), '234')
    assert.equal(await range('bytes=7-'), '789')
    assert.equal(await range('bytes=-3'), '789')
    assert.equal(await range('bytes=-30'), '0123456789')
    assert.equal(await range('bytes=8-100'), '89')
    assert.equal(await range('bytes=5-2'), '0123456789')
    const part = await client.send(new GetObjectCommand({ Bucket: BUCKET, Key: 'a', Range: 'bytes=2-4' }))
    assert.deepEqual([part.ContentRange, part.ContentLength], ['bytes 2-4/10', 3])
    await assert.rejects(range('bytes=10-'), { name: 'InvalidRange' })
    await put(client, 'empty', '')
    await assert.rejects(get(client, 'empty', { Range: 'bytes=0-' }), { name: 'InvalidRange' })
  })

  test(`${store}: what is not there is refused by name, and deleting it succeeds`, async (t) => {
    const { client } = await openS3(t, directory(t))
    await assert.rejects(get(client, 'a'), { name: 'NoSuchKey' })
    await assert.rejects(client.send(new HeadObjectCommand({ Bucket: BUCKET, Key: 'a' })), { name: 'NotFound' })
    await client.send(new DeleteObjectCommand({ Bucket: BUCKET, Key: 'a' }))
    await put(client, 'a', 'x')
    await client.send(new DeleteObjectCommand({ Bucket: BUCKET, Key: 'a' }))
    await assert.rejects(get(client, 'a'), { name: 'NoSuchKey' })
    const elsewhere = new PutObjectCommand({ Bucket: 'elsewhere', Key: 'a', Body: 'x' })
    await assert.rejects(client.send(elsewhere), { name: 'NoSuchBucket' })
  })

  test(`${store}: buckets are created once, listed, found, and deleted when they are empty`, async (t) => {
    const { client } = await openS3(t, directory(t))
    await client.send(new CreateBucketCommand({ Bucket: 'another' }))
    const again = client.send(new CreateBucketCommand({ Bucket: BUCKET }))
    await assert.rejects(again, { name: 'BucketAlreadyOwnedByYou' })
    await assert.rejects(client.send(new CreateBucketCommand({ Bucket: 'No' })), { name: 'InvalidBucketName' })
    const { Buckets } = await client.send(new ListBucketsCommand())
    assert.deepEqual(
      Buckets?.map(({ Name }) => Name),
      ['another', BUCKET],
    )
    await client.send(new HeadBucketCommand({ Bucket: BUCKET }))
    await client.send(new GetBucketLocationCommand({ Bucket: BUCKET }))
    await assert.rejects(client.send(new HeadBucketCommand({ Bucket: 'none' })), { name: 'NotFound' })
    await put(client, 'a', 'x')
    await assert.rejects(client.send(new DeleteBucketCommand({ Bucket: BUCKET })), { name: 'BucketNotEmpty' })
    await client.send(new DeleteObjectCommand({ Bucket: BUCKET, Key: 'a' }))
    await client.send(new DeleteBucketCommand({ Bucket: BUCKET }))
    await assert.rejects(client.send(new HeadBucketCommand({ Bucket: BUCKET })), { name: 'NotFound' })
  })

  test(`${store}: one call deletes many objects, whatever is in their names`, async (t) => {
    const { client } = await openS3(t, directory(t))
    const keys = ['a&b', '<c>', 'd"e', 'f/../g', 'h//i', 'ä\u{1F600}', 'j k+l', 'm\nn', 'o%2Fp', '.', '..']
    for (const key of keys) await put(client, key, key)
    for (const key of keys) assert.equal((await get(client, key)).toString(), key)
    const Objects = [...keys, 'none'].map((Key) => ({ Key }))
    const answer = await client.send(new DeleteObjectsCommand({ Bucket: BUCKET, Delete: { Objects } }))
    assert.deepEqual(
      answer.Deleted?.map(({ Key }) => Key),
      [...keys, 'none'],
    )
    for (const key of keys) await assert.rejects(get(client, key), { name: 'NoSuchKey' })
  })

  test(`${store}: a copy has the bytes and the headers of its source, or new headers, and outlives it`, async (t) => {
    const { client } = await openS3(t, directory(t))
    const { ETag } = await put(client, 'dir/a b+c', 'hello', { Metadata: { colour: 'blue' } })
    const copy = (Key: string, rest: object = {}) =>
      client.send(
        new CopyObjectCommand({
          Bucket: BUCKET,
          Key,
          CopySource: `${BUCKET}/${encodeURIComponent('dir/a b+c')}`,
          ...rest,
        }),
      )
    const { CopyObjectResult } = await copy('b')
    assert.equal(CopyObjectResult?.ETag, ETag)
    await copy('c', { MetadataDirective: 'REPLACE', Metadata: { colour: 'red' }, ContentType: 'text/html' })
    await assert.rejects(copy('dir/a b+c'), { name: 'InvalidRequest' })
    await assert.rejects(copy('d', { CopySourceIfMatch: '"other"' }), { name: 'PreconditionFailed' })
    await copy('d', { CopySourceIfMatch: ETag })
    await client.send(new DeleteObjectCommand({ Bucket: BUCKET, Key: 'dir/a b+c' }))
    await assert.rejects(copy('e'), { name: 'NoSuchKey' })
    for (const key of ['b', 'c', 'd']) assert.equal((await get(client, key)).toString(), 'hello')
    const heads = await Promise.all(
      ['b', 'c'].map((Key) => client.send(new HeadObjectCommand({ Bucket: BUCKET, Key }))),
    )
    assert.deepEqual(
      heads.map(({ Metadata }) => Metadata),
      [{ colour: 'blue' }, { colour: 'red' }],
    )
  })

  test(`${store}: of fifty conditional puts at once exactly one wins, and its bytes are there`, async (t) => {
    const { client } = await openS3(t, directory(t))
    const attempts = Array.from({ length: 50 }, (_, index) => `writer ${index}`)
    const race = async (rest: Partial<PutObjectCommandInput>) => {
      const results = await Promise.allSettled(attempts.map((text) => put(client, 'head', text, rest)))
      const winners = attempts.filter((_, index) => results[index]?.status === 'fulfilled')
      assert.equal(winners.length, 1)
      for (const result of results) {
        if (result.status === 'rejected') assert.equal(result.reason.name, 'PreconditionFailed')
      }
      assert.equal((await get(client, 'head')).toString(), winners[0])
    }
    await race({ IfNoneMatch: '*' })
    const { ETag } = await put(client, 'head', 'known')
    await race({ IfMatch: ETag ?? '' })
  })
}
