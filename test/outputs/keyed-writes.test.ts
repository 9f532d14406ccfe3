import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { CreateTableCommand } from '@aws-sdk/client-dynamodb'
import { defineApp, type KeyedStore, keyedWrites, seconds } from 'sluice'
import { DynamoKeyedStore, KEYED_TABLE } from 'sluice/aws'
import { MemoryKeyedStore } from 'sluice/local'
import { FAULTS, runApp } from 'sluice/testing'
import { startTestCloud, type TestCloud } from '../aws/cloud.ts'
import { keyedStoreContract } from '../contracts/keyed-store.contract.ts'

let cloud: TestCloud
let tables = 0

before(async () => {
  cloud = await startTestCloud()
})
after(() => cloud.close())

keyedStoreContract('MemoryKeyedStore', () => new MemoryKeyedStore())
keyedStoreContract('DynamoKeyedStore', async () => {
  const table = `keyed-${tables++}`
  await cloud.clients.dynamodb.send(new CreateTableCommand({ ...KEYED_TABLE, TableName: table }))
  return new DynamoKeyedStore({ clients: cloud.clients, table })
})

/** Totals of words; a word is forgotten by a line `-word`. */
const totals = (store: KeyedStore) =>
  defineApp({ name: 'totals', batchInterval: seconds(1) }, (ssc) => {
    ssc
      .textFileStream('in')
      .map((line): [string, boolean] => (line.startsWith('-') ? [line.slice(1), false] : [line, true]))
      .updateStateByKey<number>((signs, sum = 0) => signs.reduce((n, add) => (add ? n + 1 : 0), sum))
      .map(([word, sum]): [string, { sum: number } | undefined] => [word, sum === 0 ? undefined : { sum }])
      .foreachRDD(keyedWrites(store))
  })
const inputs = {
  in: [
    ['a', 'b', 'a'],
    ['-b', 'c'],
    ['b', '-a'],
    ['a', 'c'],
  ],
}
const ITEMS = { a: '{"sum":1}', b: '{"sum":1}', c: '{"sum":2}' }

test('each key has the value of the last batch, whatever happens to any call of the protocol', async () => {
  const calm = new MemoryKeyedStore()
  let calls = 0
  await runApp(totals(calm), {
    inputs,
    faults: () => {
      calls++
      return undefined
    },
  })
  assert.deepEqual(calm.items, ITEMS)
  for (const fault of FAULTS) {
    for (let at = 0; at < calls; at++) {
      const store = new MemoryKeyedStore()
      await runApp(totals(store), { inputs, faults: (call) => (call === at ? fault : undefined) })
      assert.deepEqual(store.items, ITEMS, `${fault} at call ${at}`)
    }
  }
})

test('writes of a batch that arrive when later batches are done change nothing', async () => {
  const store = new MemoryKeyedStore()
  const late: (() => Promise<unknown>)[] = []
  const slow: KeyedStore = {
    url: store.url,
    read: (key) => store.read(key),
    write(write) {
      // A request that is sent twice: once now, and once from a process that nobody waits for any more.
      late.push(() => store.write(write))
      return store.write(write)
    },
  }
  await runApp(totals(slow), { inputs })
  assert.ok(late.length >= 8)
  for (const arrive of late.reverse()) await arrive()
  assert.deepEqual(store.items, ITEMS)
})

test('marks grow from batch to batch, and are the same in every attempt', async () => {
  const marks: string[] = []
  const app = defineApp({ name: 'marks', batchInterval: seconds(1) }, (ssc) => {
    ssc.textFileStream('in').foreachRDD((_, __, { mark }) => {
      marks.push(mark)
    })
  })
  await runApp(app, {
    inputs: { in: [['a'], ['b'], ['c']] },
    faults: (call) => (call === 6 ? 'crash-after' : undefined),
  })
  assert.deepEqual([...new Set(marks)], [...new Set(marks)].sort())
  assert.equal(new Set(marks).size, 3)
})

test('of one key in a partition the last pair counts, however many there are', async () => {
  const store = new MemoryKeyedStore()
  const app = defineApp({ name: 'last', batchInterval: seconds(1) }, (ssc) => {
    const numbers = ssc.textFileStream('in').flatMap(() => Array.from({ length: 200 }, (_, i) => i))
    numbers.map((i): [string, number] => [`${i % 50}`, i]).foreachRDD(keyedWrites(store))
  })
  await runApp(app, { inputs: { in: [['go']] } })
  assert.equal(Object.keys(store.items).length, 50)
  assert.deepEqual([store.items['0'], store.items['49']], ['150', '199'])
})

test('keys and values that no store can take fail the batch', async () => {
  const cases: [unknown, unknown, RegExp][] = [
    ['', 1, /keys are texts of 1 to 2048 bytes/],
    [7, 1, /keys are texts/],
    ['€'.repeat(700), 1, /keys are texts/],
    ['a', 1n, /JSON cannot carry/],
    ['a', Number.NaN, /JSON cannot carry/],
  ]
  for (const [key, value, message] of cases) {
    const store = new MemoryKeyedStore()
    const app = defineApp({ name: 'bad', batchInterval: seconds(1) }, (ssc) => {
      const pairs = ssc.textFileStream('in').map((): [string, unknown] => [key as string, value])
      pairs.foreachRDD(keyedWrites(store))
    })
    await assert.rejects(runApp(app, { inputs: { in: [['go']] } }), message)
    assert.deepEqual(store.items, {})
  }
})

test('a table that is not there is told as such', async () => {
  const store = new DynamoKeyedStore({ clients: cloud.clients, table: 'nobody-made-it' })
  await assert.rejects(store.read('a'), { code: 'table-missing', message: /KEYED_TABLE/ })
  const write = { key: 'a', mark: '1', value: '1' }
  await assert.rejects(store.write(write), { code: 'table-missing', kind: 'invalid' })
})

test('what is no store is refused where it is given, not in the first batch', () => {
  for (const store of [undefined, null, 7, {}, { read: () => undefined }])
    assert.throws(() => keyedWrites(store as never), {
      code: 'bad-option',
      kind: 'invalid',
      message: /^keyedWrites takes a store .*new MemoryKeyedStore/,
    })
})
