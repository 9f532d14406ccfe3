import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SluiceError, SparkContext } from 'sluice'
import { FakeStorage } from '../connectors/fake-storage.ts'

function context(options: ConstructorParameters<typeof SparkContext>[0] = {}) {
  const storage = new FakeStorage()
  return { storage, sc: new SparkContext({ storage, defaultParallelism: 2, ...options }) }
}

test('each partition that has elements becomes a file, and _SUCCESS comes last', async () => {
  const { storage, sc } = context()
  await sc.parallelize(['row', 'boat'], 4).saveAsTextFile('file:///out')
  assert.deepEqual(
    [...storage.objects.keys()].sort(),
    ['_SUCCESS', 'part-00001', 'part-00003'].map((name) => `file:///out/${name}`),
  )
  assert.equal(storage.text('file:///out/part-00001'), 'row\n')
  const written = storage.calls.filter((call) => call.startsWith('acknowledged'))
  assert.equal(written.at(-1), 'acknowledged file:///out/_SUCCESS')
})

test('what was saved is read back: objects exactly, pairs of SequenceFiles by their types', async () => {
  const { sc } = context()
  const elements = [{ at: new Date(5), letters: new Set('row') }, undefined, Number.NaN]
  await sc.parallelize(elements).saveAsObjectFile('file:///objects')
  assert.deepEqual(await (await sc.objectFile('file:///objects')).collect(), elements)
  const pairs: [string, number][] = [
    ['row', 3],
    ['boat', 1],
  ]
  await sc.parallelize(pairs).saveAsSequenceFile('file:///pairs', { value: 'int' })
  assert.deepEqual(await (await sc.sequenceFile('file:///pairs')).collect(), pairs)
})

test('pairs are lines of key, tab and value unless a format is chosen', async () => {
  const { storage, sc } = context()
  const pairs = sc.parallelize<[string, number]>([['row', 3]], 1)
  await pairs.saveAsHadoopFile('file:///tab')
  assert.equal(storage.text('file:///tab/part-00000'), 'row\t3\n')
  await pairs.saveAsHadoopFile('file:///json', { format: 'ndjson' })
  assert.equal(storage.text('file:///json/part-00000'), '["row",3]\n')
  await pairs.saveAsFile('file:///csv', { extension: 'csv', encode: ([word, count]) => `${word},${count}\n` })
  assert.equal(storage.text('file:///csv/part-00000.csv'), 'row,3\n')
})

test('an empty dataset leaves _SUCCESS alone', async () => {
  const { storage, sc } = context()
  await sc.emptyRDD<string>().saveAsTextFile('file:///out')
  assert.deepEqual([...storage.objects.keys()], ['file:///out/_SUCCESS'])
})

test("a directory that holds anything is refused with Spark's message, and nothing is written", async () => {
  const { storage, sc } = context()
  storage.write('file:///out/notes.txt', 'mine')
  await assert.rejects(sc.parallelize(['row']).saveAsTextFile('file:///out'), (error: unknown) => {
    assert.ok(error instanceof SluiceError)
    assert.equal(error.code, 'output-exists')
    assert.match(error.message, /^Output directory file:\/\/\/out already exists; /)
    return true
  })
  assert.equal(storage.objects.size, 1)
})

test('within a batch, which may run again, the same names are written again, open until all are there', async () => {
  const { storage, sc } = context({ validateOutputSpecs: false })
  await sc.parallelize(['row', 'boat']).saveAsTextFile('file:///out')
  let closedMeanwhile = false
  storage.fault = (call) => {
    if (call.startsWith('write')) closedMeanwhile ||= storage.objects.has('file:///out/_SUCCESS')
    return undefined
  }
  await sc.parallelize(['ROW', 'BOAT']).saveAsTextFile('file:///out')
  assert.equal(closedMeanwhile, false)
  assert.equal(storage.text('file:///out/part-00001'), 'BOAT\n')
  assert.ok(storage.objects.has('file:///out/_SUCCESS'))
})

test('a failed save leaves no _SUCCESS and no half of a file', async () => {
  const { storage, sc } = context()
  const mixed = sc.parallelize<[string, number]>(
    [
      ['a', 1],
      ['b', 1.5],
    ],
    1,
  )
  await assert.rejects(mixed.saveAsSequenceFile('file:///out'), { code: 'not-writable' })
  assert.equal(storage.objects.size, 0)
  const types = sc.parallelize<[string, number]>(
    [
      ['a', 1],
      ['b', 1.5],
    ],
    2,
  )
  await assert.rejects(types.saveAsSequenceFile('file:///types'), {
    code: 'mixed-types',
    message: /Long.* and .*Double/,
  })
  assert.equal(storage.objects.has('file:///types/_SUCCESS'), false)
})

test('a context without storage says how to get one', async () => {
  await assert.rejects(new SparkContext().parallelize(['row']).saveAsTextFile('out'), { code: 'no-storage' })
})
