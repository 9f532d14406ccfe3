import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defineApp, type FilesLayoutOptions, seconds } from 'sluice'
import { FAULTS, runApp } from 'sluice/testing'

const LAYOUT: FilesLayoutOptions = { maxPartRecords: 3, maxPartBytes: 40, compact: true }

/** Every kind of file, each output in several parts, some of them joined, state and a window among what is written. */
const files = defineApp({ name: 'files', batchInterval: seconds(1), defaultParallelism: 3 }, (ssc) => {
  const counts = ssc
    .textFileStream('in')
    .flatMap((line) => line.split(' '))
    .map((word) => [word, 1])
    .updateStateByKey<number>((ones, sum = 0) => sum + ones.length)
  counts.saveAsTextFiles('out/text', '', LAYOUT)
  counts.saveAsFiles('out/json', '', { format: 'ndjson', ...LAYOUT })
  counts.saveAsObjectFiles('out/object', '', LAYOUT)
  counts.saveAsHadoopFiles('out/sequence', '', { format: 'sequence', value: 'int', ...LAYOUT })
})
const inputs = {
  in: [['row row row your boat', 'gently down the stream'], [], ['merrily merrily life is but a dream']],
}

test('files that are ended early and joined are the same whatever happens to any call, in every format', async () => {
  let calls = 0
  const calm = await runApp(files, {
    inputs,
    faults: () => {
      calls++
      return undefined
    },
  })
  const names = Object.keys(calm.files)
  for (const kind of ['text', 'json', 'object', 'sequence']) {
    const parts = names.filter((name) => name.startsWith(`out/${kind}-3000/part-`))
    assert.ok(parts.length > 2 && parts.every((name) => /part-\d{5}-\d{5}$/.test(name)), `${parts}`)
  }
  assert.ok(calls > 30)
  for (let at = 0; at < calls; at++) {
    // Each call in turn, each fault in turn.
    const fault = FAULTS[at % FAULTS.length]
    const run = await runApp(files, { inputs, faults: (call) => (call === at ? fault : undefined) })
    assert.deepEqual(run.files, calm.files, `${fault} at call ${at}`)
  }
})
