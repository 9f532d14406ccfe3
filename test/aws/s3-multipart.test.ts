import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { crc32 } from 'node:zlib'
import { CompleteMultipartUploadCommand, HeadObjectCommand } from '@aws-sdk/client-s3'
import { Clients } from '../../src/aws/clients.ts'
import { S3ObjectStore, type S3ObjectStoreOptions } from '../../src/aws/s3-object-store.ts'
import { startTestCloud, type TestCloud } from './cloud.ts'

const MIB = 1024 ** 2

let started: TestCloud
let places = 0

before(async () => {
  started = await startTestCloud()
})
after(() => started.close())

function openStore(options: Partial<S3ObjectStoreOptions> = {}): S3ObjectStore {
  const { clients } = started
  return new S3ObjectStore(`s3://bucket/place-${places++}`, { clients, partBytes: 5 * MIB, ...options })
}

function checksumText(bytes: Uint8Array): string {
  const checksum = Buffer.alloc(4)
  checksum.writeUInt32BE(crc32(bytes))
  return checksum.toString('base64')
}

test('an object in parts has the checksum of its whole, made of those that came with its parts', async (t) => {
  const store = openStore({ copyPartBytes: 5 * MIB })
  const content = Buffer.alloc(11 * MIB, 'checked')
  const upload = store.upload('sent')
  const completed = t.mock.method(started.clients.s3, 'send')
  await upload.write(content)
  await upload.complete()
  await store.copy({ store, key: 'sent' }, 'copied')
  const commands = completed.mock.calls.map(({ arguments: [command] }) => command as unknown)
  const ends = commands.filter((command) => command instanceof CompleteMultipartUploadCommand)
  assert.equal(ends.length, 2)
  const of = (start: number, end: number) => checksumText(content.subarray(start, end))
  const parts = [of(0, 5 * MIB), of(5 * MIB, 10 * MIB), of(10 * MIB, 11 * MIB)]
  for (const { input } of ends) {
    assert.deepEqual(
      input.MultipartUpload?.Parts?.map(({ ChecksumCRC32 }) => ChecksumCRC32),
      parts,
    )
  }
  for (const Key of ['sent', 'copied'].map((key) => `${store.url.slice('s3://bucket/'.length)}/${key}`)) {
    const asked = new HeadObjectCommand({ Bucket: 'bucket', Key, ChecksumMode: 'ENABLED' })
    const { ChecksumCRC32, ChecksumType } = await started.clients.s3.send(asked)
    assert.deepEqual([ChecksumCRC32, ChecksumType], [checksumText(content), 'FULL_OBJECT'])
  }
})

test('a client that is to send no checksums announces none', async () => {
  process.env.AWS_REQUEST_CHECKSUM_CALCULATION = 'WHEN_REQUIRED'
  const clients = new Clients({ endpoints: started.cloud.endpoints, environment: {} })
  try {
    const store = openStore({ clients })
    const upload = store.upload('plain')
    await upload.write(Buffer.alloc(6 * MIB))
    await upload.complete()
    const Key = `${store.url.slice('s3://bucket/'.length)}/plain`
    const head = await clients.s3.send(new HeadObjectCommand({ Bucket: 'bucket', Key, ChecksumMode: 'ENABLED' }))
    assert.equal(head.ChecksumType, undefined)
  } finally {
    delete process.env.AWS_REQUEST_CHECKSUM_CALCULATION
    clients.destroy()
  }
})
