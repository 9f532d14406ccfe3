import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { PutItemCommand } from '@aws-sdk/client-dynamodb'
import { PutRecordsCommand } from '@aws-sdk/client-kinesis'
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  ListObjectsV2Command,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import type { EmbeddedCloud } from '../../src/embedded/index.ts'
import { allRecords, type Clients, clientsOf, prepare, storedNumber, TableName } from './cloud-clients.ts'
import { BUCKET, get, put } from './s3.contract.ts'
import { temporaryDirectory } from './start.ts'

interface KillableCloud {
  readonly clients: Clients
  kill(): Promise<void>
}

async function startKillable(directory: string): Promise<KillableCloud> {
  const script = fileURLToPath(new URL('./cloud-process.ts', import.meta.url))
  const child = spawn(process.execPath, ['--import', 'tsx', script, directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const line = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', resolve)
    child.once('exit', (code) => reject(new Error(`the cloud's process ended with ${code} before it served`)))
  })
  const clients = clientsOf(JSON.parse(line) as EmbeddedCloud['endpoints'])
  const kill = async () => {
    child.kill('SIGKILL')
    await ended
    clients.destroy()
  }
  return { clients, kill }
}

/** What was acknowledged, and what was asked for and may or may not be there. */
interface Load {
  readonly records: string[]
  readonly objects: Map<string, number>
  number: number
}

/** Does one thing after the other until the server is gone. */
async function until(gone: () => boolean, step: (index: number) => Promise<unknown>): Promise<void> {
  for (let index = 0; !gone(); index++) {
    try {
      await step(index)
    } catch (error) {
      if (gone()) return
      throw error
    }
  }
}

async function work(
  { s3, kinesis, dynamodb }: Clients,
  load: Load,
  { round, gone }: { round: number; gone: () => boolean },
) {
  const record = async (index: number) => {
    const Records = Array.from({ length: 50 }, (_, at) => ({
      Data: Buffer.from(`${round}-${index}-${at}`),
      PartitionKey: 'k',
    }))
    await kinesis.send(new PutRecordsCommand({ StreamName: 's', Records }))
    load.records.push(...Records.map(({ Data }) => Data.toString()))
  }
  const object = async (index: number) => {
    const sizeBytes = index % 5 === 0 ? 1_000_000 : 1000
    const key = `${round}-${index}`
    await put(s3, key, Buffer.alloc(sizeBytes, key))
    load.objects.set(key, sizeBytes)
  }
  const item = async () => {
    const v = { N: String(load.number + 1) }
    await dynamodb.send(new PutItemCommand({ TableName, Item: { id: { S: 'a' }, v } }))
    load.number += 1
  }
  await Promise.all([until(gone, record), until(gone, object), until(gone, item)])
}

async function check({ s3, kinesis, dynamodb }: Clients, load: Load): Promise<void> {
  const found = await allRecords(kinesis)
  const acknowledged = new Set(load.records)
  assert.deepEqual(
    found.filter((text) => acknowledged.has(text)),
    load.records,
  )
  assert.equal(new Set(found).size, found.length)
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: BUCKET }))
  const sizes = new Map(Contents.map(({ Key = '', Size = 0 }) => [Key, Size]))
  for (const [key, sizeBytes] of load.objects) assert.equal(sizes.get(key), sizeBytes, key)
  for (const [key, sizeBytes] of sizes) {
    assert.ok((await get(s3, key)).equals(Buffer.alloc(sizeBytes, key)), key)
    assert.ok(sizeBytes === 1000 || sizeBytes === 1_000_000, `${key} has ${sizeBytes} bytes`)
  }
  const number = await storedNumber(dynamodb)
  assert.ok(number === load.number || number === load.number + 1, `${number} for ${load.number}`)
  load.number = number
}

test('a cloud that is killed in the middle of its work has all that it acknowledged, and nothing half', async (t) => {
  const directory = temporaryDirectory(t)
  const load: Load = { records: [], objects: new Map(), number: 0 }
  for (let round = 0; round < 4; round++) {
    const cloud = await startKillable(directory)
    t.after(() => cloud.kill())
    if (round === 0) await prepare(cloud.clients)
    await check(cloud.clients, load)
    if (round === 3) return
    let killed = false
    const working = work(cloud.clients, load, { round, gone: () => killed })
    await new Promise((resolve) => setTimeout(resolve, 100 + round * 120))
    killed = true
    await cloud.kill()
    await working
  }
})

test('an upload in parts goes on after a kill', async (t) => {
  const directory = temporaryDirectory(t)
  const first = await startKillable(directory)
  t.after(() => first.kill())
  await prepare(first.clients)
  const where = { Bucket: BUCKET, Key: 'big' }
  const { UploadId } = await first.clients.s3.send(new CreateMultipartUploadCommand(where))
  const Body = Buffer.alloc(5 * 1024 * 1024, 'a')
  const one = await first.clients.s3.send(new UploadPartCommand({ ...where, UploadId, PartNumber: 1, Body }))
  await first.kill()
  const second = await startKillable(directory)
  t.after(() => second.kill())
  const two = await second.clients.s3.send(new UploadPartCommand({ ...where, UploadId, PartNumber: 2, Body: 'end' }))
  const Parts = [one, two].map(({ ETag }, index) => ({ ETag, PartNumber: index + 1 }))
  await second.clients.s3.send(new CompleteMultipartUploadCommand({ ...where, UploadId, MultipartUpload: { Parts } }))
  assert.ok((await get(second.clients.s3, 'big')).equals(Buffer.concat([Body, Buffer.from('end')])))
})
