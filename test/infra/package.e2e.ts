import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { before, test } from 'node:test'
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { CreateStreamCommand, KinesisClient, PutRecordCommand } from '@aws-sdk/client-kinesis'
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import { listPublished, readLines } from '../../infra/localstack/outputs.ts'
import { bundle } from '../../infra/package/bundle.ts'
import { findFunctions, type PackagedFunction } from '../../infra/package/functions.ts'
import { zip } from '../../infra/package/zip.ts'
import { HEAD_TABLE } from '../../src/aws/dynamo-head-register.ts'
import { type EmbeddedCloud, startEmbeddedCloud } from '../../src/embedded/embedded-cloud.ts'
import { bootstrap } from './localstack/bootstrapped.ts'
import { ROOT } from './packaged-template.ts'
import { unzip } from './unzip.ts'

const LIMIT_BYTES = 1.5 * 1024 * 1024
const IDENTITY = { region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } }
const TOKEN = 'e2e-token-0123456789-abcdefghijklmnopqrstuvwxyz'
let functions: (PackagedFunction & { readonly archive: string })[]

before(async () => {
  functions = findFunctions(join(ROOT, 'functions'), mkdtempSync(join(tmpdir(), 'sluice-package-')))
  for (const fn of functions) {
    await bundle(fn, ROOT)
    const names = readdirSync(fn.folder).sort()
    writeFileSync(fn.archive, zip(names.map((name) => ({ name, bytes: readFileSync(join(fn.folder, name)) }))))
  }
})

test('every archive, source map included, is at most 1.5 MiB', () => {
  assert.ok(functions.length >= 4)
  for (const { name, archive } of functions) assert.ok(readFileSync(archive).length <= LIMIT_BYTES, name)
})

test('the batch function commits a batch from the contents of its archive alone, and the HTTP function replays it', async (t) => {
  const cloud = await startEmbeddedCloud()
  t.after(() => cloud.close())
  const s3 = new S3Client({ ...IDENTITY, endpoint: cloud.endpoints.s3, forcePathStyle: true })
  await fill(cloud, s3)
  const env = environment(cloud)

  const batch = bootstrap(unpacked('flights-batch'), env)
  t.after(() => batch.child.kill())
  // Of a tick of 55 s ago: the function runs the batches of the 5 s that are left of that minute.
  const ran = await batch.invoke({ time: new Date(Date.now() - 55_000).toISOString() })
  assert.equal(ran.failed, false, ran.body)
  const { outcome, records } = JSON.parse(ran.body) as { readonly outcome: string; readonly records: number }
  assert.deepEqual([outcome, records], ['committed', 3])
  const [totals] = await listPublished(s3, 's3://data/out/flights/airports')
  assert.ok(totals?.complete)
  assert.deepEqual(await readLines(s3, totals), ['(ATL,{"flights":1,"delay":7})'])

  const http = bootstrap(unpacked('flights-http'), { ...env, SLUICE_TOKEN: TOKEN })
  t.after(() => http.child.kill())
  const refused = JSON.parse((await http.invoke(request('POST', `/batches/${totals.batchTime}/replay`))).body)
  assert.equal(refused.statusCode, 401)
  const replayed = await http.invoke(request('POST', `/batches/${totals.batchTime}/replay`, TOKEN))
  const { statusCode, body } = JSON.parse(replayed.body) as { readonly statusCode: number; readonly body: string }
  assert.equal(statusCode, 200, body)
  assert.equal((JSON.parse(body) as { readonly equal: boolean }).equal, true, body)
})

test('the HTTP function does not start without a token', async (t) => {
  const { child, invoke } = bootstrap(unpacked('word-count-http'), { AWS_REGION: 'us-east-1' })
  t.after(() => child.kill())
  const { failed, body } = await invoke(request('GET', '/health'))
  assert.equal(failed, true)
  assert.match(body, /SLUICE_TOKEN|token/)
})

/** One airport in two lines of a file, one flight in the stream. */
async function fill({ endpoints }: EmbeddedCloud, s3: S3Client): Promise<void> {
  const kinesis = new KinesisClient({ ...IDENTITY, endpoint: endpoints.kinesis, requestHandler: new NodeHttpHandler() })
  const dynamodb = new DynamoDBClient({ ...IDENTITY, endpoint: endpoints.dynamodb })
  await dynamodb.send(new CreateTableCommand({ ...HEAD_TABLE, TableName: 'heads' }))
  await s3.send(new CreateBucketCommand({ Bucket: 'data' }))
  const Body = 'iata,name,city,state,country\nATL,Hartsfield,Atlanta,GA,USA\n'
  await s3.send(new PutObjectCommand({ Bucket: 'data', Key: 'in/flights/airports/airports.csv', Body }))
  await kinesis.send(new CreateStreamCommand({ StreamName: 'flights', ShardCount: 1 }))
  const Data = new TextEncoder().encode(JSON.stringify({ origin: 'ATL', destination: 'SFO', delay: 7 }))
  await kinesis.send(new PutRecordCommand({ StreamName: 'flights', PartitionKey: 'ATL', Data }))
}

function environment({ endpoints }: EmbeddedCloud): Record<string, string> {
  const out = { stream: 'flights', airports: 's3://data/in/flights/airports', out: 's3://data/out/flights' }
  return {
    AWS_REGION: 'us-east-1',
    AWS_ENDPOINT_URL_S3: endpoints.s3,
    AWS_ENDPOINT_URL_KINESIS: endpoints.kinesis,
    AWS_ENDPOINT_URL_DYNAMODB: endpoints.dynamodb,
    SLUICE_CHECKPOINT: 's3://data/checkpoint',
    SLUICE_TABLE: 'heads',
    SLUICE_PARAMS: JSON.stringify(out),
  }
}

/** What a function URL hands to its function. */
function request(method: string, rawPath: string, token?: string): unknown {
  return {
    version: '2.0',
    rawPath,
    rawQueryString: '',
    headers: {
      host: 'f.lambda-url.us-east-1.on.aws',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    requestContext: {
      http: { method, path: rawPath, sourceIp: '127.0.0.1' },
      domainName: 'f.lambda-url.us-east-1.on.aws',
    },
    isBase64Encoded: false,
  }
}

/** The archive's files in a folder far from this repository: what is not in it is not found. */
function unpacked(name: string): string {
  const found = functions.find((fn) => fn.name === name)
  assert.ok(found, `no function ${name}`)
  const folder = mkdtempSync(join(tmpdir(), 'sluice-unpacked-'))
  for (const [file, bytes] of unzip(readFileSync(found.archive))) {
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    writeFileSync(join(folder, file), bytes)
  }
  return folder
}
