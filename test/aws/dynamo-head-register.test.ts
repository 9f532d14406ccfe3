import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { PutItemCommand } from '@aws-sdk/client-dynamodb'
import { Clients } from '../../src/aws/clients.ts'
import { DynamoHeadRegister } from '../../src/aws/dynamo-head-register.ts'
import { type FaultKind, startDynamoDb } from '../../src/embedded/index.ts'
import { bareHead, climb } from '../contracts/head-register.contract.ts'
import { isSluiceError, rejection } from '../contracts/rejection.ts'
import { answeredBy } from './answering.ts'
import { createHeadTable, startTestCloud, type TestCloud } from './cloud.ts'

const clock = { now: () => Date.now(), sleep: async () => {} }
const table = 'heads'
let started: TestCloud
let register: DynamoHeadRegister

before(async () => {
  started = await startTestCloud()
  await createHeadTable(started.clients, table)
  register = new DynamoHeadRegister({ clients: started.clients, table, clock })
})
after(() => started.close())

function fault(operation: string, kind: FaultKind, times = 1): void {
  started.cloud.faults.next({ service: 'dynamodb', operation, kind, times })
}

describe('heads in DynamoDB', () => {
  test('a swap is sent once; an answer that is lost, late or an error is unknown, and the read tells', async () => {
    const faults: [kind: FaultKind, done: boolean][] = [
      ['lost-answer', true],
      ['dropped', false],
      ['error-500', false],
      ['error-503', false],
      ['throttle', false],
    ]
    for (const [kind, done] of faults) {
      const app = `after-${kind}`
      await register.swap(0, bareHead(app, 1))
      const sent = started.cloud.calls.count('dynamodb', 'PutItem')
      fault('PutItem', kind)
      const swapped = await register.swap(1, bareHead(app, 2))
      assert.equal(swapped.kind, 'unknown', kind)
      assert.equal(started.cloud.calls.count('dynamodb', 'PutItem') - sent, 1, `${kind}: sent once`)
      assert.equal((await register.read(app))?.version, done ? 2 : 1, kind)
      assert.deepEqual(await register.swap(1, bareHead(app, 2)), { kind: done ? 'conflict' : 'ok' }, kind)
    }
    assert.equal(started.cloud.faults.remaining, 0)
  })

  test('a swap that a wrong clock had refused is done again by the time of the service, and not taken for a wrong key', async (t) => {
    const clients = await answeredBy(t, (request, response) => {
      const sent = String(request.headers['x-amz-date']).replace(/(..)(..)T(..)(..)(..)Z$/, '-$1-$2T$3:$4:$5Z')
      const nowMs = Date.now() + 3_600_000
      const expired = Math.abs(nowMs - Date.parse(sent)) > 5 * 60_000
      const message = `Signature expired: ${sent} is now earlier than ${new Date(nowMs).toISOString()}`
      const answer = expired ? { __type: 'com.amazon.coral.service#InvalidSignatureException', message } : {}
      response.setHeader('date', new Date(nowMs).toUTCString())
      response.writeHead(expired ? 400 : 200, { 'content-type': 'application/x-amz-json-1.0' })
      request.resume().on('end', () => response.end(JSON.stringify(answer)))
    })
    const ahead = new DynamoHeadRegister({ clients, table, clock })
    const refused = await ahead.swap(0, bareHead('a', 1))
    assert.equal(refused.kind, 'unknown')
    assert.ok(refused.kind === 'unknown' && isSluiceError(refused.cause, 'clock-wrong', 'invalid'), String(refused))
    assert.deepEqual(await ahead.swap(0, bareHead('a', 1)), { kind: 'ok' })
  })

  test('an answer that is cut off is unknown, whatever it began with', async (t) => {
    const clients = await answeredBy(t, (_request, response) => {
      response.writeHead(400, { 'content-type': 'application/x-amz-json-1.0', 'content-length': 1_000 })
      response.write('{"__type":', () => response.destroy())
    })
    const cutOff = new DynamoHeadRegister({ clients, table, clock })
    assert.equal((await cutOff.swap(0, bareHead('app', 1))).kind, 'unknown')
  })

  test('racing swaps with answers lost here and there still make each version once', async () => {
    fault('PutItem', 'lost-answer', 4)
    fault('PutItem', 'dropped', 4)
    const names = ['i', 'j', 'k']
    const climbed = await Promise.all(names.map((name) => climb(register, { app: 'race', name, swaps: 15 })))
    assert.ok(climbed.flat().some(({ kind }) => kind === 'unknown'))
    const done = climbed.flat().filter(({ kind }) => kind === 'ok')
    assert.equal(new Set(done.map(({ version }) => version)).size, 45)
    const head = await register.read('race')
    const made = new Set(done.map(({ version }) => version))
    for (let version = 1; version <= (head?.version ?? 0); version++) {
      const candidates = climbed.flat().filter((each) => each.version === version)
      assert.ok(
        made.has(version) || candidates.some(({ kind }) => kind === 'unknown'),
        `version ${version} has no maker`,
      )
    }
  })

  test('reads are tried again', async () => {
    await register.swap(0, bareHead('read', 1))
    for (const kind of ['throttle', 'error-500', 'dropped'] as const) {
      fault('GetItem', kind)
      assert.equal((await register.read('read'))?.version, 1)
    }
  })

  test('a table that is not there, or credentials that are not accepted, reject and say what to do', async (t) => {
    const missing = new DynamoHeadRegister({ clients: started.clients, table: 'none', clock })
    for (const call of [() => missing.read('app'), () => missing.swap(0, bareHead('app', 1))]) {
      const error = await rejection(call())
      assert.ok(isSluiceError(error, 'table-missing', 'invalid'), String(error))
      assert.match(error.message, /partition key "app".*dynamodb:\/\/none\/app/)
    }
    const server = await startDynamoDb({ accessKeyId: 'right' })
    const credentials = { accessKeyId: 'wrong', secretAccessKey: 'secret' }
    const clients = new Clients({ endpoint: server.endpoint, credentials, environment: {} })
    t.after(async () => {
      clients.destroy()
      await server.close()
    })
    const refused = new DynamoHeadRegister({ clients, table, clock })
    assert.ok(isSluiceError(await rejection(refused.swap(0, bareHead('app', 1))), 'bad-credentials', 'invalid'))
  })

  test('a head that no item can hold is refused before it is sent', async () => {
    const large = {
      ...bareHead('large', 1),
      pins: [
        {
          name: 'x'.repeat(400_000),
          batchTime: 1,
          token: bareHead('a', 1).token,
          ref: { key: 'a', sizeBytes: 1, crc32c: '00000000' },
        },
      ],
    }
    assert.deepEqual(await register.swap(0, large), { kind: 'ok' })
    const tooLarge = { ...large, pins: [...large.pins, ...large.pins] }
    const error = await rejection(register.swap(1, { ...tooLarge, version: 2 }))
    assert.ok(isSluiceError(error, 'head-too-large', 'invalid'), String(error))
  })

  test('an item that is no head is reported, not guessed at', async () => {
    const head = JSON.stringify(bareHead('odd', 1))
    const items = [
      { version: { N: '1' } },
      { version: { N: '1' }, head: { S: 'not JSON' } },
      { version: { N: '1' }, head: { S: '[]' } },
      { version: { N: '2' }, head: { S: head } },
      { version: { N: '1' }, head: { S: head.replace('"app":"odd"', '"app":"other"') } },
      { version: { N: '1' }, head: { S: head.replace('"history"', '"histories"') } },
    ]
    for (const item of items) {
      await started.clients.dynamodb.send(
        new PutItemCommand({ TableName: table, Item: { app: { S: 'odd' }, ...item } }),
      )
      const error = await rejection(register.read('odd'))
      assert.ok(isSluiceError(error, 'head-corrupt', 'data'), `${JSON.stringify(item)}: ${error}`)
    }
    const Item = {
      app: { S: 'odd' },
      version: { N: '1' },
      head: { S: head.replace('"formatVersion":1', '"formatVersion":2') },
    }
    await started.clients.dynamodb.send(new PutItemCommand({ TableName: table, Item }))
    assert.ok(isSluiceError(await rejection(register.read('odd')), 'head-format', 'invalid'))
  })
})
