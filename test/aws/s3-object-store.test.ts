import assert from 'node:assert/strict'
import { after, afterEach, before, describe, test } from 'node:test'
import { crc32 } from 'node:zlib'
import { HeadObjectCommand, ListMultipartUploadsCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { Clients } from '../../src/aws/clients.ts'
import { lambdaClock } from '../../src/aws/lambda-clock.ts'
import { S3ObjectStore, type S3ObjectStoreOptions } from '../../src/aws/s3-object-store.ts'
import { openS3Storage } from '../../src/aws/s3-storage.ts'
import { fileSourceOpener } from '../../src/connectors/file-source.ts'
import { type FaultKind, startS3 } from '../../src/embedded/index.ts'
import { MemoryObjectStore } from '../../src/local/stores/memory-object-store.ts'
import type { ErrorKind } from '../../src/util/errors.ts'
import { isSluiceError, rejection } from '../contracts/rejection.ts'
import { answeredBy } from './answering.ts'
import { startTestCloud, type TestCloud } from './cloud.ts'

const MIB = 1024 ** 2
const text = (value: string) => Buffer.from(value)

let started: TestCloud
let places = 0

before(async () => {
  started = await startTestCloud()
})
afterEach(() => {
  assert.equal(started.cloud.faults.remaining, 0, 'every fault was met')
})
after(() => started.close())

function openStore(options: Partial<S3ObjectStoreOptions> = {}): S3ObjectStore {
  return new S3ObjectStore(`s3://bucket/place-${places++}`, { clients: started.clients, ...options })
}

function fault(operation: string, kind: FaultKind, times = 1): void {
  started.cloud.faults.next({ service: 's3', operation, kind, times })
}

async function openUploads(): Promise<number> {
  const { Uploads = [] } = await started.clients.s3.send(new ListMultipartUploadsCommand({ Bucket: 'bucket' }))
  return Uploads.length
}

describe('S3 under faults', () => {
  test('throttling, 5xx answers and cut connections are tried again', async () => {
    const store = openStore()
    for (const kind of ['throttle', 'error-500', 'error-503', 'dropped', 'lost-answer'] as const) {
      fault('PutObject', kind)
      await store.put('a', text(kind))
      fault('GetObject', kind)
      assert.equal(String(Buffer.from((await (await store.get('a'))?.bytes()) ?? [])), kind)
      fault('HeadObject', kind)
      assert.equal((await store.head('a'))?.sizeBytes, kind.length)
      fault('DeleteObjects', kind)
      await store.delete(['a'])
      assert.equal(await store.head('a'), undefined)
    }
  })

  test('when it does not stop, the error is one that may be tried later', async () => {
    const store = openStore()
    for (const kind of ['error-503', 'dropped'] as const) {
      fault('PutObject', kind, 3)
      const error = await rejection(store.put('a', text('x')))
      assert.ok(error instanceof Error && 'kind' in error && error.kind === 'retryable', String(error))
      assert.ok(error.message.includes(`${store.url}/a`), error.message)
    }
  })

  test('what a service does not know is refused, not said to be possible later', async () => {
    const store = openStore()
    const error = {
      status: 501,
      code: 'NotImplemented',
      message: 'A header implies functionality that is not implemented',
    }
    started.cloud.faults.next({ service: 's3', operation: 'PutObject', kind: 'error', error })
    assert.ok(isSluiceError(await rejection(store.put('a', text('x'))), 'refused', 'invalid'))
  })

  test('a conditional write that S3 answers with 409 is sent again', async () => {
    const store = openStore()
    fault('PutObject', 'conflict', 3)
    assert.equal((await store.putIfAbsent('a', text('x'))).kind, 'created')
    fault('PutObject', 'conflict', 2)
    assert.equal((await store.putIfAbsent('a', text('y'))).kind, 'exists')
  })

  test('an upload that fails is aborted on the server, too', async () => {
    for (const operation of ['CreateMultipartUpload', 'UploadPart', 'CompleteMultipartUpload']) {
      const store = openStore({ partBytes: 5 * MIB })
      const upload = store.upload('large')
      // Parts are sent side by side, each of them three times.
      fault(operation, 'error-500', 20)
      const write = async () => {
        for (let i = 0; i < 4; i++) await upload.write(Buffer.alloc(5 * MIB, i))
        await upload.complete()
      }
      const error = await rejection(write())
      started.cloud.faults.clear()
      assert.ok(isSluiceError(error, 'unavailable', 'retryable'), `${operation}: ${error}`)
      await assert.rejects(upload.write(text('more')))
      assert.equal(await openUploads(), 0, operation)
      assert.equal(await store.head('large'), undefined)
    }
  })

  test('a body that breaks off goes on where it stopped, if the object is still the same', async (t) => {
    const content = Buffer.from(Array.from({ length: 100_000 }, (_, i) => i % 251))
    const requests: string[] = []
    let etag = '"one"'
    const clients = await answeredBy(t, ({ headers }, response) => {
      requests.push(`${headers.range ?? 'whole'} ${headers['if-match'] ?? 'any'}`)
      if (headers['if-match'] !== undefined && `"${headers['if-match']}"` !== etag)
        return void response.writeHead(412).end()
      const start = Number(/bytes=(\d+)/.exec(headers.range ?? '')?.[1] ?? 0)
      const range = start > 0 ? { 'content-range': `bytes ${start}-${content.length - 1}/${content.length}` } : {}
      response.writeHead(start > 0 ? 206 : 200, { etag, 'content-length': content.length - start, ...range })
      if (start === 0 && etag === '"two"') etag = '"three"'
      response.write(content.subarray(start, start + 30_000), () => {
        if (start + 30_000 < content.length) response.destroy()
        else response.end()
      })
    })
    const store = new S3ObjectStore('s3://bucket', { clients })
    assert.ok(Buffer.from((await (await store.get('a'))?.bytes()) ?? []).equals(content))
    assert.equal(requests.length, 4)
    assert.ok(
      requests.slice(1).every((request) => /^bytes=[1-9]\d*-99999 one$/.test(request)),
      requests.join(),
    )
    etag = '"two"'
    const error = await rejection(store.get('a').then((stored) => stored?.bytes()))
    assert.ok(isSluiceError(error, 'object-changed', 'retryable'), String(error))
  })

  test('bytes that do not have the checksum that S3 gives are no content, though all of them came', async (t) => {
    const content = Buffer.alloc(4 * MIB, 'fine')
    const damaged = Buffer.concat([Buffer.from('fire'), content.subarray(4)])
    const checksum = Buffer.alloc(4)
    checksum.writeUInt32BE(crc32(content))
    const clients = await answeredBy(t, ({ headers: { range = '' } }, response) => {
      const start = Number(/bytes=(\d+)/.exec(range)?.[1] ?? 0)
      const part = range === '' ? damaged : content.subarray(start)
      // S3 gives none with a range.
      const told =
        range === ''
          ? { 'x-amz-checksum-crc32': checksum.toString('base64') }
          : { 'content-range': `bytes ${start}-${content.length - 1}/${content.length}` }
      response.writeHead(range === '' ? 200 : 206, { etag: '"one"', 'content-length': part.length, ...told }).end(part)
    })
    const store = new S3ObjectStore('s3://bucket', { clients })
    const source = fileSourceOpener({ storage: openS3Storage(clients), clock: lambdaClock })(
      { kind: 'file', options: { url: 's3://bucket' } },
      'in',
    )
    const until = { offset: content.length, etag: 'one', mtimeMs: 0 }
    const range = { partition: 's3://bucket/a', from: { offset: 0 }, until }
    const readFile = async () => {
      for await (const _ of source.read(range, new AbortController().signal));
    }
    const readObject = async () => void (await (await store.get('a'))?.bytes())
    for (const read of [readObject, readFile]) {
      const error = await rejection(read())
      assert.ok(isSluiceError(error, 'object-damaged', 'retryable'), String(error))
      assert.match(error.message, /s3:\/\/bucket\/a/)
    }
  })
})

describe('what S3 refuses', () => {
  test('a bucket that is not there is reported as such by every call that can tell', async () => {
    const store = openS3Storage(started.clients).open('s3://no-such-bucket/place')
    const list = async () => {
      for await (const _ of store.list('')) assert.fail()
    }
    const calls = [store.put('a', text('x')), store.get('a'), list(), store.upload('a').complete()]
    for (const error of await Promise.all(calls.map(rejection))) {
      assert.ok(isSluiceError(error, 'store-missing', 'invalid'), String(error))
      assert.ok(error.message.includes('s3://no-such-bucket/place'), error.message)
    }
  })

  test('credentials that are not accepted are reported as such', async (t) => {
    const server = await startS3({ accessKeyId: 'right' })
    const credentials = { accessKeyId: 'wrong', secretAccessKey: 'secret' }
    const clients = new Clients({ endpoint: server.endpoint, credentials, environment: {} })
    t.after(async () => {
      clients.destroy()
      await server.close()
    })
    const error = await rejection(new S3ObjectStore('s3://bucket', { clients }).put('a', text('x')))
    assert.ok(isSluiceError(error, 'bad-credentials', 'invalid'), String(error))
    assert.match(error.message, /AWS_ACCESS_KEY_ID/)
  })

  test('an address where nothing answers may do so later', async () => {
    const clients = new Clients({ endpoint: 'http://127.0.0.1:1', environment: {} })
    const error = await rejection(new S3ObjectStore('s3://bucket/place', { clients }).head('a'))
    assert.ok(isSluiceError(error, 'unavailable', 'retryable'), String(error))
    assert.match(error.message, /ECONNREFUSED/)
    clients.destroy()
  })

  test('a URL that names no bucket is refused before any call', () => {
    for (const url of [
      's3://',
      's3:///key',
      's3://UPPER/x',
      's3://a/x',
      's3://bucket_name',
      'file:///x',
      's3://bucket/a/../b',
    ]) {
      assert.throws(
        () => new S3ObjectStore(url, { clients: started.clients }),
        (error) => isSluiceError(error, url.includes('..') ? 'bad-key' : 'bad-url', 'invalid'),
        url,
      )
    }
    assert.throws(() => openS3Storage(started.clients).open('s3a://bucket/x'), /Write s3:\/\/ instead of s3a:\/\//)
    assert.throws(
      () => openS3Storage(started.clients).open('/a/path'),
      (error) => isSluiceError(error, 'unknown-scheme', 'invalid'),
    )
  })

  test('deletions that fail one by one are errors', async (t) => {
    const answer =
      '<DeleteResult><Error><Key>p/a</Key><Code>AccessDenied</Code><Message>no</Message></Error>' +
      '<Error><Key>p/b</Key><Code>InternalError</Code><Message>no</Message></Error></DeleteResult>'
    const clients = await answeredBy(
      t,
      (request, response) => void request.resume().on('end', () => response.end(answer)),
    )
    const error = await rejection(new S3ObjectStore('s3://bucket/p', { clients }).delete(['a', 'b', 'c']))
    assert.ok(isSluiceError(error, 'access-denied', 'invalid'), String(error))
    assert.match(error.message, /2 objects not deleted, first s3:\/\/bucket\/p\/a/)
  })
})

describe('large objects in S3', () => {
  test('parts have one size, so the same bytes make the same ETag in whatever pieces they come', async () => {
    const store = openStore({ partBytes: 5 * MIB })
    const content = Buffer.alloc(12 * MIB + 5, 'sluice')
    const etags = new Set<string>()
    for (const piece of [content.length, 3_333_333, 5 * MIB - 1, 5 * MIB]) {
      const upload = store.upload(`by ${piece}`)
      for (let at = 0; at < content.length; at += piece) await upload.write(content.subarray(at, at + piece))
      const info = await upload.complete()
      assert.match(info.etag, /-3$/)
      etags.add(info.etag)
    }
    assert.equal(etags.size, 1)
  })

  test('what fits into one part is one call', async () => {
    const store = openStore({ partBytes: 5 * MIB })
    const before = started.cloud.calls.count('s3')
    const upload = store.upload('a')
    for (let i = 0; i < 5; i++) await upload.write(Buffer.alloc(MIB))
    await upload.complete()
    assert.equal(started.cloud.calls.count('s3') - before, 1)
  })

  test('no more parts are held than are sent at once, and one', async () => {
    let [inFlight, most] = [0, 0]
    const clients = new Clients({ endpoints: started.cloud.endpoints, environment: {} })
    clients.s3.middlewareStack.add((next, { commandName }) => async (args) => {
      if (commandName !== 'UploadPartCommand') return next(args)
      most = Math.max(most, ++inFlight)
      return next(args).finally(() => inFlight--)
    })
    const store = new S3ObjectStore(`s3://bucket/place-${places++}`, { clients, partBytes: 5 * MIB, partsAtOnce: 2 })
    const upload = store.upload('large')
    for (let i = 0; i < 8; i++) {
      await upload.write(Buffer.alloc(5 * MIB, i))
      assert.ok(inFlight < 2, `${inFlight} parts are under way when more may be written`)
    }
    await upload.complete()
    assert.equal(most, 2)
    clients.destroy()
  })

  test('a copy of more than one part goes in parts of a fixed size', async () => {
    const store = openStore({ copyPartBytes: 5 * MIB })
    const content = Buffer.alloc(11 * MIB + 3, 'copied')
    await store.put('large', content)
    await store.put('small', content.subarray(0, MIB))
    const first = await store.copy({ store, key: 'large' }, 'copy/1')
    const second = await store.copy({ store, key: 'large' }, 'copy/2')
    assert.match(first.etag, /-3$/)
    assert.equal(second.etag, first.etag)
    assert.equal(first.sizeBytes, content.length)
    assert.ok(Buffer.from((await (await store.get('copy/2'))?.bytes()) ?? []).equals(content))
    assert.doesNotMatch((await store.copy({ store, key: 'small' }, 'copy/3')).etag, /-/)
    fault('UploadPartCopy', 'error-500', 20)
    assert.ok(isSluiceError(await rejection(store.copy({ store, key: 'large' }, 'copy/4')), 'unavailable', 'retryable'))
    started.cloud.faults.clear()
    assert.equal(await store.head('copy/4'), undefined)
    assert.equal(await openUploads(), 0)
  })

  test('who is told the sizes of parts makes the ETag that others make, whatever its own sizes are', async () => {
    const sizes = { uploadBytes: 5 * MIB, copyBytes: 5 * MIB }
    const content = Buffer.alloc(11 * MIB, 'part')
    const etags = new Set<string>()
    for (const own of [5 * MIB, 6 * MIB]) {
      const store = openStore({ partBytes: own, copyPartBytes: own })
      const upload = store.upload('sent', sizes)
      await upload.write(content)
      etags.add((await upload.complete()).etag)
      etags.add((await store.copy({ store, key: 'sent' }, 'copied', sizes)).etag)
      const memory = new MemoryObjectStore()
      await memory.put('a', content)
      etags.add((await store.copy({ store: memory, key: 'a' }, 'passed', sizes)).etag)
    }
    assert.equal(etags.size, 1)
  })

  test('a copy from another kind of store passes through, to the same ETag each time', async () => {
    const memory = new MemoryObjectStore()
    const store = openStore({ partBytes: 5 * MIB })
    await memory.put('a', Buffer.alloc(7 * MIB, 'x'))
    const [first, second] = [
      await store.copy({ store: memory, key: 'a' }, '1'),
      await store.copy({ store: memory, key: 'a' }, '2'),
    ]
    assert.equal(first.etag, second.etag)
    assert.equal((await store.head('1'))?.sizeBytes, 7 * MIB)
    assert.ok(isSluiceError(await rejection(store.copy({ store: memory, key: 'b' }, '3')), 'object-missing', 'data'))
  })
})

test('the empty objects by which consoles show folders are not listed', async () => {
  const store = openStore()
  await store.put('folder/a', text('x'))
  const prefix = store.url.slice('s3://bucket/'.length)
  for (const Key of [`${prefix}/`, `${prefix}/folder/`, `${prefix}/other/`]) {
    await started.clients.s3.send(new PutObjectCommand({ Bucket: 'bucket', Key, Body: new Uint8Array() }))
    await started.clients.s3.send(new HeadObjectCommand({ Bucket: 'bucket', Key }))
  }
  const keys: string[] = []
  for await (const page of store.list('')) keys.push(...page.map(({ key }) => key))
  assert.deepEqual(keys, ['folder/a'])
})

test('a new client says where a region or credentials are missing', async () => {
  const cases: [ErrorKind, string, Clients][] = [
    ['invalid', 'no-region', new Clients({ environment: {}, credentials: { accessKeyId: 'a', secretAccessKey: 'b' } })],
  ]
  const saved = { ...process.env }
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) delete process.env[name]
  Object.assign(process.env, { AWS_CONFIG_FILE: '/nonexistent', AWS_SHARED_CREDENTIALS_FILE: '/nonexistent' })
  process.env.AWS_EC2_METADATA_DISABLED = 'true'
  try {
    cases.push(['invalid', 'no-credentials', new Clients({ environment: {}, region: 'eu-west-1' })])
    for (const [kind, code, clients] of cases) {
      const error = await rejection(new S3ObjectStore('s3://bucket', { clients }).head('a'))
      assert.ok(isSluiceError(error, code, kind), String(error))
      clients.destroy()
    }
  } finally {
    process.env = saved
  }
})
