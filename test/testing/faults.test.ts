import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defineApp, seconds } from 'sluice'
import { FAULTS, type FaultAt, FaultyIO, runApp, seededFaults } from 'sluice/testing'
import { MemoryObjectStore } from '../../src/local/stores/memory-object-store.ts'

const totals = defineApp({ name: 'totals', batchInterval: seconds(1) }, (ssc) => {
  const words = ssc.textFileStream('in').map((word) => [word, 1])
  words
    .updateStateByKey<number>((ones, sum = 0) => ones.reduce((a, b) => a + b, sum))
    .saveAsTextFiles('s3://bucket/totals')
})
const inputs = { in: [['a', 'b'], ['a'], [], ['c']] }

test('an application whose calls fail by chance leaves the files of one whose calls do not', async () => {
  const calm = await runApp(totals, { inputs })
  let met = 0
  for (let seed = 1; seed <= 25; seed++) {
    const chance = seededFaults({ seed, share: 0.15 })
    const faults: FaultAt = (call, name) => {
      const fault = chance(call, name)
      if (fault !== undefined) met++
      return fault
    }
    const run = await runApp(totals, { inputs, faults })
    assert.deepEqual(run.files, calm.files, `seed ${seed}`)
    assert.deepEqual(run.times, calm.times, `seed ${seed}`)
    assert.deepEqual(run.outputs, calm.outputs, `seed ${seed}`)
  }
  assert.ok(met > 50, `only ${met} faults`)
})

test('a script of faults counts the calls of the whole run, whichever process makes them', async () => {
  const calm = await runApp(totals, { inputs })
  for (const fault of FAULTS) {
    for (let at = 0; at < 40; at += 3) {
      const names: string[] = []
      const run = await runApp(totals, {
        inputs,
        faults: (call, name) => {
          assert.equal(names.push(name), call + 1)
          return call === at ? fault : undefined
        },
      })
      assert.deepEqual(run.files, calm.files, `${fault} at call ${at}, ${names[at]}`)
    }
  }
})

test('faults by chance are the same for the same seed, and end', () => {
  const drawn = (seed: number) => {
    const faultAt = seededFaults({ seed, share: 0.5, most: 20 })
    return Array.from({ length: 200 }, (_, call) => faultAt(call, 'store.put'))
  }
  assert.deepEqual(drawn(3), drawn(3))
  assert.notDeepEqual(drawn(3), drawn(4))
  assert.equal(drawn(3).filter((fault) => fault !== undefined).length, 20)
})

test('faults that never end fail the run with the last of them', async () => {
  await assert.rejects(runApp(totals, { inputs, faults: () => 'crash-before' }), { name: 'Crashed' })
})

test('a batch that fails for what its function does is not tried by another process', async () => {
  let calls = 0
  const failing = defineApp({ name: 'failing', batchInterval: seconds(1) }, (ssc) => {
    ssc.textFileStream('in').foreachRDD(() => {
      calls++
      throw new RangeError('no')
    })
  })
  await assert.rejects(runApp(failing, { inputs, faults: () => undefined }), { code: 'batch-failed' })
  assert.equal(calls, 1)
})

test('each fault does to a call what its name says', async () => {
  const one = new Uint8Array(1)
  const outcome = async (fault: (typeof FAULTS)[number]) => {
    const inner = new MemoryObjectStore()
    const io = new FaultyIO((call) => (call === 0 ? fault : undefined))
    const store = io.store(inner)
    const answer = await store.put('a', one).then(
      () => 'ok',
      ({ name, code }) => code ?? name,
    )
    return [answer, (await inner.head('a')) !== undefined, io.crashed]
  }
  assert.deepEqual(await outcome('crash-before'), ['Crashed', false, true])
  assert.deepEqual(await outcome('crash-after'), ['Crashed', true, true])
  assert.deepEqual(await outcome('dropped'), ['lost', false, false])
  assert.deepEqual(await outcome('lost-answer'), ['lost', true, false])
  assert.deepEqual(await outcome('delayed'), ['ok', true, false])
})

test('a request that arrives twice does its work again when the process makes its next call', async () => {
  const inner = new MemoryObjectStore()
  const store = new FaultyIO((call) => (call === 0 ? 'twice' : undefined)).store(inner)
  await store.put('a', new Uint8Array(1))
  await inner.delete(['a'])
  await store.head('b')
  assert.ok(await inner.head('a'))
})

test('nothing that a crashed process does has an effect, uploads and listings included', async () => {
  const inner = new MemoryObjectStore()
  const io = new FaultyIO((_, name) => (name === 'store.complete' ? 'crash-before' : undefined))
  const store = io.store(inner)
  const upload = store.upload('a')
  await upload.write(new Uint8Array(1))
  await assert.rejects(upload.complete(), { name: 'Crashed' })
  assert.deepEqual(io.calls, ['store.complete'])
  await assert.rejects(store.put('b', new Uint8Array(1)), { name: 'Crashed' })
  await assert.rejects(store.upload('c').write(new Uint8Array(1)), { name: 'Crashed' })
  await assert.rejects(store.list('')[Symbol.asyncIterator]().next(), { name: 'Crashed' })
  for await (const page of inner.list('')) assert.deepEqual(page, [])
})
