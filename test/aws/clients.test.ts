import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ClientOptions, Clients } from '../../src/aws/clients.ts'

async function s3Settings(options: ClientOptions) {
  const { config } = new Clients(options).s3
  const endpoint = config.endpoint === undefined ? undefined : await config.endpoint()
  return {
    host: endpoint?.hostname,
    pathStyle: config.forcePathStyle,
    region: await config.region(),
    key: (await config.credentials()).accessKeyId,
  }
}

const OWN_KEY = { accessKeyId: 'own', secretAccessKey: 'secret' }

test('an emulator on this machine needs no account and no region', async () => {
  const expected = { host: '127.0.0.1', pathStyle: true, region: 'us-east-1', key: 'test' }
  assert.deepEqual(await s3Settings({ endpoint: 'http://127.0.0.1:9', environment: {} }), expected)
  assert.deepEqual(await s3Settings({ environment: { AWS_ENDPOINT_URL: 'http://127.0.0.1:9' } }), expected)
})

test('what is given goes before what is found, and an address of one service before that of all', async () => {
  const environment = {
    AWS_ENDPOINT_URL: 'http://all.example',
    AWS_ENDPOINT_URL_S3: 'http://s3.example',
    AWS_REGION: 'eu-west-1',
  }
  const found = await s3Settings({ environment, credentials: OWN_KEY })
  assert.deepEqual(found, { host: 's3.example', pathStyle: true, region: 'eu-west-1', key: 'own' })
  const endpoint = 'http://given.example'
  const given = await s3Settings({ environment, endpoint, region: 'eu-north-1', credentials: OWN_KEY })
  assert.deepEqual(given, { host: 'given.example', pathStyle: true, region: 'eu-north-1', key: 'own' })
  const one = await s3Settings({ environment, endpoint, endpoints: { s3: 'http://one.example' }, credentials: OWN_KEY })
  assert.equal(one.host, 'one.example')
})

test('without an emulator buckets have host names of their own', async () => {
  const settings = await s3Settings({ environment: {}, region: 'eu-west-1', credentials: OWN_KEY })
  assert.deepEqual(settings, { host: undefined, pathStyle: false, region: 'eu-west-1', key: 'own' })
})

test('each client is made once; swaps have one of their own that sends every request once', async () => {
  const clients = new Clients({ endpoint: 'http://127.0.0.1:9', environment: {} })
  assert.equal(clients.s3, clients.s3)
  assert.equal(clients.kinesis, clients.kinesis)
  assert.notEqual(clients.dynamodb, clients.dynamodbOnce)
  assert.equal(await clients.dynamodbOnce.config.maxAttempts(), 1)
  assert.ok((await clients.dynamodb.config.maxAttempts()) > 1)
  assert.equal(clients.kinesis.config.requestHandler.metadata?.handlerProtocol, 'http/1.1')
  clients.destroy()
})
