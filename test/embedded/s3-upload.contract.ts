import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import {
  AbortMultipartUploadCommand,
  type ChecksumAlgorithm,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  type S3Client,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3'
import type { S3Options } from '../../src/embedded/index.ts'
import { BUCKET, get, md5, openS3, put } from './s3.contract.ts'
import type { Ending } from './start.ts'

const PART = 5 * 1024 * 1024

/** What holds of uploads in parts, wherever the objects are kept. */
export function s3UploadContract(store: string, directory: (test: Ending) => S3Options): void {
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

  test(`${store}: the checksums of parts that were announced are to be told at the end, and must be right`, async (t) => {
    const { client } = await openS3(t, directory(t))
    const UploadId = await startUpload(client, 'CRC32')
    const { ChecksumCRC32, ...part } = await uploadPart(client, { UploadId, PartNumber: 1, Body: 'whole' })
    const complete = (Part: CompletedPart) =>
      client.send(
        new CompleteMultipartUploadCommand({
          Bucket: BUCKET,
          Key: 'big',
          UploadId,
          MultipartUpload: { Parts: [Part] },
        }),
      )
    await assert.rejects(complete(part), { name: 'InvalidRequest' })
    await assert.rejects(complete({ ...part, ChecksumCRC32: 'AAAAAA==' }), { name: 'InvalidPart' })
    await complete({ ...part, ...(ChecksumCRC32 && { ChecksumCRC32 }) })
    assert.equal(String(await get(client, 'big')), 'whole')
  })

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
