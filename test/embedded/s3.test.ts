import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
} from '@aws-sdk/client-s3'
import { s3Client } from './clients.ts'
import { BUCKET, get, openS3, put, s3Contract } from './s3.contract.ts'
import { s3UploadContract } from './s3-upload.contract.ts'
import { manualClock, STORES, temporaryDirectory } from './start.ts'

for (const { store, directory } of STORES) {
  s3Contract(store, directory)
  s3UploadContract(store, directory)
}

test('a conditional write fails unless what is there is what it expects', async (t) => {
  const { client } = await openS3(t)
  const { ETag = '' } = await put(client, 'a', 'one', { IfNoneMatch: '*' })
  await assert.rejects(put(client, 'a', 'two', { IfNoneMatch: '*' }), {
    name: 'PreconditionFailed',
    message: 'At least one of the pre-conditions you specified did not hold',
  })
  await put(client, 'a', 'two', { IfMatch: ETag })
  await assert.rejects(put(client, 'a', 'three', { IfMatch: ETag }), { name: 'PreconditionFailed' })
  await assert.rejects(put(client, 'b', 'x', { IfMatch: ETag }), { name: 'NoSuchKey' })
  await assert.rejects(put(client, 'a', 'x', { IfNoneMatch: ETag }), { name: 'NotImplemented' })
  const remove = (IfMatch: string) => client.send(new DeleteObjectCommand({ Bucket: BUCKET, Key: 'a', IfMatch }))
  await assert.rejects(remove(ETag), { name: 'PreconditionFailed' })
  assert.equal((await get(client, 'a')).toString(), 'two')
})

test('an answer that cannot be sent as it was asked for is an error, and the server goes on', async (t) => {
  const { client } = await openS3(t)
  await put(client, 'a', 'one')
  const asked = { Bucket: BUCKET, Key: 'a', ResponseContentType: 'text/plain\nx-other: 1' }
  await assert.rejects(client.send(new GetObjectCommand(asked)), { name: 'InternalError', message: /content-type/ })
  assert.equal((await get(client, 'a')).toString(), 'one')
})

test('a conditional copy onto what is there fails, and leaves it', async (t) => {
  const { client } = await openS3(t)
  await put(client, 'a', 'source')
  await put(client, 'b', 'target')
  const input = { Bucket: BUCKET, Key: 'b', CopySource: `${BUCKET}/a`, IfNoneMatch: '*' }
  await assert.rejects(client.send(new CopyObjectCommand(input)), { name: 'PreconditionFailed' })
  assert.equal((await get(client, 'b')).toString(), 'target')
})

test('a conditional read answers what the entity tag and the time say', async (t) => {
  const clock = manualClock()
  const { client } = await openS3(t, { now: clock.now })
  const { ETag = '' } = await put(client, 'a', 'one')
  const later = new Date(clock.now() + 1000)
  const earlier = new Date(clock.now() - 1000)
  assert.equal((await get(client, 'a', { IfMatch: ETag })).toString(), 'one')
  await assert.rejects(get(client, 'a', { IfMatch: '"other"' }), { name: 'PreconditionFailed' })
  await assert.rejects(get(client, 'a', { IfUnmodifiedSince: earlier }), { name: 'PreconditionFailed' })
  const notModified = ({ $metadata }: { $metadata: { httpStatusCode: number } }) => $metadata.httpStatusCode === 304
  await assert.rejects(get(client, 'a', { IfNoneMatch: ETag }), notModified)
  const head = new HeadObjectCommand({ Bucket: BUCKET, Key: 'a', IfModifiedSince: later })
  await assert.rejects(client.send(head), notModified)
})

test('a body that differs from its checksum, its MD5 or its length is not stored', async (t) => {
  const { client } = await openS3(t)
  const MD5 = Buffer.alloc(16).toString('base64')
  await assert.rejects(put(client, 'a', 'x', { ContentMD5: MD5 }), { name: 'BadDigest' })
  await assert.rejects(put(client, 'a', 'x', { ContentMD5: 'AAAA' }), { name: 'InvalidDigest' })
  await assert.rejects(put(client, 'a', 'x', { ChecksumCRC32: 'AAAAAA==' }), { name: 'BadDigest' })
  await assert.rejects(put(client, 'a', 'x', { ChecksumSHA256: Buffer.alloc(32).toString('base64') }), {
    name: 'BadDigest',
  })
  await assert.rejects(get(client, 'a'), { name: 'NoSuchKey' })
})

test('an aws-chunked body is taken apart wherever its pieces are cut, and refused if it is torn', async (t) => {
  const { client, server } = await openS3(t)
  const send = (body: string, decoded: number) =>
    fetch(`${server.endpoint}/${BUCKET}/a`, {
      method: 'PUT',
      body,
      headers: {
        authorization: 'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/aws4_request',
        'content-encoding': 'aws-chunked',
        'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER',
        'x-amz-decoded-content-length': String(decoded),
        'x-amz-trailer': 'x-amz-checksum-crc32',
      },
    })
  const signed = 'chunk-signature=0'
  const whole = `5;${signed}\r\nhello\r\n6;${signed}\r\n\r\nrest\r\n0;${signed}\r\nx-amz-checksum-crc32:ZkZ9Ig==\r\n\r\n`
  const wrong = await send(whole, 11)
  assert.match(await wrong.text(), /BadDigest/)
  const untrailed = `5;${signed}\r\nhello\r\n6;${signed}\r\n\r\nrest\r\n0;${signed}\r\n\r\n`
  assert.equal((await send(untrailed, 11)).status, 200)
  assert.equal((await get(client, 'a')).toString(), 'hello\r\nrest')
  assert.equal((await client.send(new HeadObjectCommand({ Bucket: BUCKET, Key: 'a' }))).ContentEncoding, undefined)
  for (const [body, decoded] of [
    [untrailed, 12],
    [`5;${signed}\r\nhel`, 5],
    ['zz\r\nhello\r\n0\r\n\r\n', 5],
    ['3\r\nhello\r\n0\r\n\r\n', 5],
  ] as const) {
    const answer = await send(body, decoded)
    assert.equal(answer.status, 400)
    assert.match(await answer.text(), /IncompleteBody/)
  }
})

test('only the access key id that was set is accepted, if one was', async (t) => {
  const { server } = await openS3(t, { accessKeyId: 'test' })
  const stranger = s3Client(server.endpoint, { accessKeyId: 'stranger' })
  t.after(() => stranger.destroy())
  await assert.rejects(put(stranger, 'a', 'x'), { name: 'InvalidAccessKeyId' })
  assert.equal((await fetch(`${server.endpoint}/${BUCKET}/a`)).status, 403)
})

test('operations that are not served are refused, not mistaken for others', async (t) => {
  const { client } = await openS3(t)
  await put(client, 'a', 'x')
  const tags = client.send(new GetObjectTaggingCommand({ Bucket: BUCKET, Key: 'a' }))
  await assert.rejects(tags, { name: 'NotImplemented' })
  await assert.rejects(get(client, 'a', { VersionId: 'v' }), { name: 'NotImplemented' })
  await assert.rejects(get(client, 'a', { PartNumber: 1 }), { name: 'NotImplemented' })
})

test('an object that is replaced while it is read is read to its end as it was, and its file then goes', async (t) => {
  const directory = temporaryDirectory(t)
  const { client } = await openS3(t, { directory })
  const first = Buffer.alloc(8 * 1024 * 1024, 'a')
  await put(client, 'a', first)
  const { Body } = await client.send(new GetObjectCommand({ Bucket: BUCKET, Key: 'a' }))
  await put(client, 'a', 'replaced')
  const bytes = Buffer.from((await Body?.transformToByteArray()) ?? [])
  assert.ok(bytes.equals(first))
  assert.equal((await get(client, 'a')).toString(), 'replaced')
  assert.equal(readdirSync(join(directory, 'blobs')).length, 1)
})
