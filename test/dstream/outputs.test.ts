import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, relative } from 'node:path'
import { type TestContext, test } from 'node:test'
import {
  buildGraph,
  type DStream,
  defineApp,
  RecordError,
  SluiceError,
  SparkContext,
  type StreamBuilder,
  seconds,
} from 'sluice'
import { localEnvironment, runApplication } from 'sluice/local'
import { openLocalStorage } from '../../src/local/stores/storage.ts'
import { runApp } from './run-batches.ts'

function define(build: (words: DStream<string>, counts: DStream<[string, number]>, ssc: StreamBuilder) => void) {
  return defineApp({ name: 'outputs', batchInterval: seconds(1), defaultParallelism: 1 }, (ssc) => {
    const words = ssc.queueStream([['row', 'row', 'boat'], [], ['ashore']])
    build(
      words,
      words.map((word) => [word, 1]).reduceByKey((a, b) => a + b),
      ssc,
    )
  })
}

/** Runs three batches here; the second is empty. */
async function run(
  t: TestContext,
  build: (words: DStream<string>, counts: DStream<[string, number]>, out: string) => void,
) {
  const out = mkdtempSync(join(tmpdir(), 'sluice-outputs-'))
  t.after(() => rmSync(out, { recursive: true, force: true }))
  const quiet = { debug() {}, info() {}, warn() {}, error() {} }
  const printed: string[] = []
  const environment = localEnvironment({ log: quiet, write: (text) => void printed.push(text) })
  await runApplication(
    define((words, counts) => build(words, counts, out)),
    { start: 0, untilIdle: true },
    environment,
  )
  const file = (path: string) => readFileSync(join(out, path), 'utf8')
  return { out, file, directories: readdirSync(out).sort(), printed: printed.join('') }
}

test('every file output names its directories alike, and writes nothing for an empty batch', async (t) => {
  const { out, file, directories } = await run(t, (words, counts, out) => {
    words.saveAsTextFiles(`${out}/text`, 'txt')
    words.saveAsObjectFiles(`${out}/object`)
    counts.saveAsFiles(`${out}/json`, 'jsonl', { format: 'ndjson' })
    counts.saveAsFiles(`${out}/csv`, null, { format: { extension: 'csv', encode: ([w, n]) => `${w};${n}\n` } })
    counts.saveAsHadoopFiles(`${out}/tab`)
    counts.saveAsHadoopFiles(`${out}/sequence`, 'seq', { format: 'sequence', value: 'int' })
    counts.saveAsNewAPIHadoopFiles(`${out}/new`, '', { format: 'ndjson' })
  })
  const named = (time: number) =>
    ['csv', 'json', 'new', 'object', 'sequence', 'tab', 'text'].map((name) => {
      const suffix = { json: '.jsonl', sequence: '.seq', text: '.txt' }[name] ?? ''
      return `${name}-${time}${suffix}`
    })
  assert.deepEqual(directories, [...named(1000), ...named(3000)].sort())
  for (const directory of directories) {
    const part = directory.startsWith('csv') ? 'part-00000.csv' : 'part-00000'
    assert.deepEqual(readdirSync(join(out, directory)).sort(), ['_SUCCESS', part])
  }
  assert.equal(file('text-1000.txt/part-00000'), 'row\nrow\nboat\n')
  assert.equal(file('json-1000.jsonl/part-00000'), '["row",2]\n["boat",1]\n')
  assert.equal(file('csv-1000/part-00000.csv'), 'row;2\nboat;1\n')
  assert.equal(file('tab-3000/part-00000'), 'ashore\t1\n')
  assert.equal(file('new-3000/part-00000'), '["ashore",1]\n')
  const sc = new SparkContext({ storage: openLocalStorage() })
  assert.deepEqual(await (await sc.objectFile(`${out}/object-1000`)).collect(), ['row', 'row', 'boat'])
  assert.deepEqual(await (await sc.sequenceFile(`${out}/sequence-1000.seq`)).collect(), [
    ['row', 2],
    ['boat', 1],
  ])
})

test('the method that was called is the default name of an output; a prefix may be empty or null', () => {
  const graph = buildGraph(
    define((words, counts) => {
      words.saveAsObjectFiles('a')
      words.saveAsFiles('b', '', { format: 'ndjson' })
      words.saveAsFiles(null, 'json', { format: 'ndjson', name: 'mine' })
      counts.saveAsHadoopFiles('c')
      counts.saveAsNewAPIHadoopFiles('', null)
    }),
  )
  const names = ['saveAsObjectFiles', 'saveAsFiles', 'mine', 'saveAsHadoopFiles', 'saveAsNewAPIHadoopFiles']
  assert.deepEqual(
    graph.outputs.map(({ name }) => name),
    names,
  )
  assert.deepEqual(
    graph.outputs.map(({ node }) => node.place),
    ['a-TIME', 'b-TIME', 'TIME.json', 'c-TIME', 'TIME'],
  )
})

test('two outputs that would write the same directory are refused, whatever their formats', () => {
  const app = define((words, counts) => {
    words.saveAsTextFiles('out/words')
    counts.saveAsHadoopFiles('out/words', '', { format: 'sequence' })
  })
  assert.throws(() => buildGraph(app).validate(), { code: 'shared-place', message: /out\/words-TIME/ })
})

test('what no batch could be written to or in is refused where it is defined', () => {
  const refused = (
    code: string,
    message: RegExp,
    use: (words: DStream<string>, counts: DStream<[string, number]>) => void,
  ) =>
    assert.throws(
      () => buildGraph(define(use)),
      (error: unknown) => {
        assert.ok(error instanceof SluiceError)
        assert.equal(error.code, code)
        assert.equal(error.kind, 'invalid')
        assert.match(error.message, message)
        return true
      },
    )
  refused(
    'bad-destination',
    /s3:\/\/ as their scheme: s3a:\/\/b\/out \(saveAsTextFiles at outputs\.test\.ts:\d+\)/,
    (words) => words.saveAsTextFiles('s3a://b/out'),
  )
  refused('bad-destination', /name a bucket.*: s3:\/\/bucket /, (words) => words.saveAsObjectFiles('s3://bucket'))
  refused('bad-destination', /name a bucket/, (words) => words.saveAsObjectFiles('s3:///out'))
  refused('bad-destination', /names of objects/, (words) => words.saveAsTextFiles('s3://bucket/a//b'))
  refused('bad-destination', /names of objects/, (words) => words.saveAsTextFiles('s3://bucket/a/../b'))
  refused('bad-destination', /texts, .*: 7/, (words) => words.saveAsTextFiles(7 as never))
  refused('bad-destination', /texts, .*: \{\}/, (words) => words.saveAsTextFiles('out', {} as never))
  refused('bad-destination', /NUL/, (words) => words.saveAsTextFiles('a\0b'))
  refused('bad-format', /one of text, ndjson, object/, (words) =>
    words.saveAsFiles('a', '', { format: 'xml' as never }),
  )
  refused('bad-format', /types text, int/, (_, counts) =>
    counts.saveAsHadoopFiles('a', '', { format: 'sequence', key: 'varchar' as never }),
  )
  refused('bad-option', /maxPartBytes is a whole number/, (words) =>
    words.saveAsTextFiles('a', '', { maxPartBytes: 0 }),
  )
  refused('bad-option', /maxPartRecords/, (_, counts) => counts.saveAsHadoopFiles('a', '', { maxPartRecords: 0.5 }))
  refused('bad-option', /at most maxPartBytes/, (words) =>
    words.saveAsObjectFiles('a', '', { maxPartBytes: 1, compact: { targetBytes: 2 } }),
  )
  refused('bad-option', /function join/, (words) =>
    words.saveAsFiles('a', '', { format: { open: () => ({ encode: () => '' }) }, compact: true }),
  )
  refused('not-a-function', /foreachRDD takes a function/, (words) => words.foreachRDD(undefined as never))
  for (const num of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '3' as never]) {
    refused('bad-count', /whole number from 0/, (words) => words.print(num))
  }
})

test('print shows a header in every batch, the first elements, and dots for more; none of them for 0', async (t) => {
  const { printed } = await run(t, (words) => {
    words.print(2)
    words.print(0, { name: 'headers' })
  })
  const header = (time: number) => `${'-'.repeat(43)}\nTime: ${time} ms\n${'-'.repeat(43)}\n`
  assert.equal(
    [...printed.split(/(?<=\n\n)/)].sort().join(''),
    [
      `${header(1000)}...\n\n`,
      `${header(1000)}row\nrow\n...\n\n`,
      `${header(2000)}\n`,
      `${header(2000)}\n`,
      `${header(3000)}...\n\n`,
      `${header(3000)}ashore\n\n`,
    ].join(''),
  )
})

test('foreachRDD is called with an empty dataset, and not without a dataset', async () => {
  const seen: [number, boolean][] = []
  await runApp({ inputs: [[['a'], [], null, ['b']]] }, (ssc) => {
    ssc.queueStream<string>([]).foreachRDD(async (rdd, time) => {
      seen.push([time.milliseconds, await rdd.isEmpty()])
    })
  })
  assert.deepEqual(seen, [
    [1000, false],
    [2000, true],
    [4000, false],
  ])
})

test('what a foreachRDD function throws is told with its place; a record that failed keeps its own', async () => {
  const failing = (use: (words: DStream<string>) => void) =>
    runApp({ inputs: [[['a']]] }, (ssc) => use(ssc.queueStream<string>([]))).then(
      () => assert.fail('it should have failed'),
      (error: unknown) => error,
    )
  const own = await failing((words) =>
    words.foreachRDD(() => {
      throw new TypeError('no connection')
    }),
  )
  assert.ok(own instanceof SluiceError)
  assert.equal(own.code, 'user-function-failed')
  assert.match(own.message, /^foreachRDD at outputs\.test\.ts:\d+ failed: no connection$/)
  const record = await failing((words) => words.map((word) => JSON.parse(word)).foreachRDD((rdd) => rdd.count()))
  assert.ok(record instanceof RecordError)
  assert.match(record.operator, /^map at outputs\.test\.ts/)
  const late = await failing((words) => words.foreachRDD((rdd) => void rdd.count().catch(() => {})))
  assert.equal(late instanceof SluiceError && late.code, 'job-not-awaited')
})

test('a place that nothing here opens is refused before anything runs', async () => {
  let batches = 0
  const app = define((words) => {
    words.foreachRDD(() => {
      batches++
    })
    words.saveAsTextFiles('hdfs://name/out')
  })
  const quiet = { debug() {}, info() {}, warn() {}, error() {} }
  const environment = localEnvironment({ log: quiet, write() {} })
  await assert.rejects(runApplication(app, { start: 0, untilIdle: true }, environment), { code: 'unknown-scheme' })
  assert.equal(batches, 0)
})

test('two outputs of one directory, however each spells it, or of one inside another, are refused before anything runs', async (t) => {
  const nothing = () => assert.fail('a batch has run')
  const into = async (one: string, other: string) => {
    const app = define((words, counts) => {
      words.foreachRDD(nothing)
      words.saveAsTextFiles(one)
      counts.saveAsTextFiles(other)
    })
    const quiet = { debug() {}, info() {}, warn() {}, error() {} }
    await runApplication(app, { start: 0, untilIdle: true }, localEnvironment({ log: quiet, write() {} }))
  }
  const out = mkdtempSync(join(tmpdir(), 'sluice-places-'))
  t.after(() => rmSync(out, { recursive: true, force: true }))
  const place = join(out, 'o')
  const spelt = [
    `${out}//o`,
    `${out}/./o`,
    `${out}/x/../o`,
    `${out}/../${basename(out)}/o`,
    `file://${place}`,
    `FILE://${place}`,
    relative(process.cwd(), place),
    `./${relative(process.cwd(), place)}`,
  ]
  for (const other of spelt) {
    await assert.rejects(
      into(place, other),
      { code: 'shared-place', message: /saveAsTextFiles and saveAsTextFiles-2/ },
      other,
    )
    await assert.rejects(into(other, place), { code: 'shared-place' }, other)
  }
  for (const inside of [`${place}-1000/words`, `${out}/./o-20000/a/words`]) {
    await assert.rejects(
      into(place, inside),
      { code: 'shared-place', message: /into a directory of the other/ },
      inside,
    )
    await assert.rejects(into(inside, place), { code: 'shared-place' }, inside)
  }
  await assert.rejects(into('memory://a/o', 'memory://a/o-5/o'), { code: 'shared-place' })
  assert.deepEqual(readdirSync(out), [])
})
