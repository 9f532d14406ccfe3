import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { type TestContext, test } from 'node:test'
import {
  AbortMultipartUploadCommand,
  type ChecksumAlgorithm,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketLocationCommand,
  GetObjectCommand,
  type GetObjectCommandInput,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  type S3Client,
  UploadPartCommand,
  UploadPartCopyCommand,
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

function md5(bytes: string | Uint8Array): string {
  return createHash('md5').update(bytes).digest('hex')
}

const PART = 5 * 1024 * 1024

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

  for (const ChecksumAlgorithm of [undefined, 'CRC32', 'CRC64NVME'] as const) {
    test(`${store}: an upload in parts (${ChecksumAlgorithm ?? 'no'} checksum) is one object`, async (t) => {
      const { client } = await openS3(t, directory(t))
      const UploadId = await startUpload(client, ChecksumAlgorithm)
      const pieces = [randomBytes(PART), randomBytes(PART + 7), randomBytes(11)]
      const parts = await Promise.all(
        pieces.map((Body, index) => uploadPart(client, { UploadId, PartNumber: index + 1, Body })),
      )
      const listed = await client.send(new ListPartsCommand({ Bucket: BUCKET, Key: 'big', UploadId, MaxParts: 2 }))
      assert.deepEqual([listed.Parts?.map(({ Size }) => Size), listed.IsTruncated], [[PART, PART + 7], true])
      await assert.rejects(get(client, 'big'), { name: 'NoSuchKey' })
      const answer = await client.send(
        new CompleteMultipartUploadCommand({ Bucket: BUCKET, Key: 'big', UploadId, MultipartUpload: { Parts: parts } }),
      )
      const tags = Buffer.concat(pieces.map((piece) => createHash('md5').update(piece).digest()))
      assert.equal(answer.ETag, `"${md5(tags)}-3"`)
      const whole = Buffer.concat(pieces)
      assert.ok((await get(client, 'big')).equals(whole))
      const across = await get(client, 'big', { Range: `bytes=${PART - 2}-${PART + 1}` })
      assert.ok(across.equals(whole.subarray(PART - 2, PART + 2)))
      const copied = await client.send(
        new CopyObjectCommand({ Bucket: BUCKET, Key: 'copy', CopySource: `${BUCKET}/big` }),
      )
      assert.equal(copied.CopyObjectResult?.ETag, `"${md5(whole)}"`)
      await assert.rejects(uploadPart(client, { UploadId, PartNumber: 4, Body: 'late' }), { name: 'NoSuchUpload' })
    })
  }

  test(`${store}: parts may be copied in, uploaded again and left out`, async (t) => {
    const { client } = await openS3(t, directory(t))
    const source = randomBytes(PART + 100)
    await put(client, 'source', source)
    const UploadId = await startUpload(client)
    await uploadPart(client, { UploadId, PartNumber: 1, Body: 'replaced' })
    const first = { Bucket: BUCKET, Key: 'big', UploadId, PartNumber: 1, CopySource: `${BUCKET}/source` }
    const copied = await client.send(new UploadPartCopyCommand({ ...first, CopySourceRange: `bytes=50-${PART + 49}` }))
    await uploadPart(client, { UploadId, PartNumber: 2, Body: 'left out' })
    const last = await uploadPart(client, { UploadId, PartNumber: 9, Body: 'end' })
    await client.send(new DeleteObjectCommand({ Bucket: BUCKET, Key: 'source' }))
    const Parts = [{ PartNumber: 1, ETag: copied.CopyPartResult?.ETag }, last]
    await client.send(
      new CompleteMultipartUploadCommand({ Bucket: BUCKET, Key: 'big', UploadId, MultipartUpload: { Parts } }),
    )
    const expected = Buffer.concat([source.subarray(50, PART + 50), Buffer.from('end')])
    assert.ok((await get(client, 'big')).equals(expected))
  })

  test(`${store}: an upload is not completed from parts that are wrong, and is gone once it is aborted`, async (t) => {
    const { client } = await openS3(t, directory(t))
    const UploadId = await startUpload(client)
    const parts = [
      await uploadPart(client, { UploadId, PartNumber: 1, Body: 'short' }),
      await uploadPart(client, { UploadId, PartNumber: 2, Body: 'end' }),
    ]
    const complete = (Parts: readonly { PartNumber: number; ETag: string | undefined }[]) =>
      client.send(
        new CompleteMultipartUploadCommand({
          Bucket: BUCKET,
          Key: 'big',
          UploadId,
          MultipartUpload: { Parts: [...Parts] },
        }),
      )
    await assert.rejects(complete(parts), { name: 'EntityTooSmall' })
    await assert.rejects(complete([...parts].reverse()), { name: 'InvalidPartOrder' })
    await assert.rejects(complete([{ PartNumber: 1, ETag: '"other"' }]), { name: 'InvalidPart' })
    await assert.rejects(complete([{ PartNumber: 3, ETag: parts[0]?.ETag }]), { name: 'InvalidPart' })
    const listed = await client.send(new ListMultipartUploadsCommand({ Bucket: BUCKET }))
    assert.deepEqual(
      listed.Uploads?.map((upload) => upload.UploadId),
      [UploadId],
    )
    await client.send(new AbortMultipartUploadCommand({ Bucket: BUCKET, Key: 'big', UploadId }))
    await assert.rejects(complete(parts.slice(0, 1)), { name: 'NoSuchUpload' })
    await assert.rejects(get(client, 'big'), { name: 'NoSuchKey' })
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

async function startUpload(client: S3Client, ChecksumAlgorithm?: ChecksumAlgorithm): Promise<string> {
  const input = { Bucket: BUCKET, Key: 'big', ...(ChecksumAlgorithm && { ChecksumAlgorithm }) }
  return (await client.send(new CreateMultipartUploadCommand(input))).UploadId ?? ''
}

interface PartInput {
  readonly UploadId: string
  readonly PartNumber: number
  readonly Body: string | Uint8Array
}

async function uploadPart(client: S3Client, input: PartInput) {
  const { $metadata: _, ...answer } = await client.send(new UploadPartCommand({ Bucket: BUCKET, Key: 'big', ...input }))
  const { ETag, ChecksumCRC32, ChecksumCRC64NVME } = answer
  const checksums = { ...(ChecksumCRC32 && { ChecksumCRC32 }), ...(ChecksumCRC64NVME && { ChecksumCRC64NVME }) }
  return { PartNumber: input.PartNumber, ETag, ...checksums }
}
