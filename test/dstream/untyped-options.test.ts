import assert from 'node:assert/strict'
import { test } from 'node:test'
import { buildGraph, type DStream, defineApp, SluiceError, SparkContext, type StreamBuilder, seconds } from 'sluice'

/*
 * Programs in JavaScript can give anything. What is none of the options that the types name is refused where it is given, with
 * what to write instead, and is neither passed over nor the cause of an error that speaks of something else.
 */

/** What no options can be, and texts, numbers and the like besides. */
const NO_OBJECTS: readonly unknown[] = [null, 7, 'x', true, ['x'], () => 1, Symbol('s'), 7n]
const NO_TEXTS: readonly unknown[] = [null, 7, '', true, ['x'], {}, Object.create(null), Symbol('s'), 7n]

/** As programs without types see what has methods. */
type Untyped<T> = {
  readonly [M in keyof T]: T[M] extends (...given: never) => infer R ? (...given: readonly unknown[]) => R : never
}

type Words = Untyped<DStream<string>>
type Use = (ssc: Untyped<StreamBuilder>, words: Words) => unknown

function refused(use: Use, expected: { readonly code: string; readonly says: RegExp }): void {
  const app = defineApp({ name: 'untyped', batchInterval: seconds(1) }, (ssc) => {
    const words = ssc.textFileStream('data/in')
    use(ssc as never, words as never)
    words.print()
  })
  assert.throws(
    () => buildGraph(app),
    (error: unknown) => {
      assert.ok(error instanceof SluiceError, `${use}: ${error}`)
      assert.deepEqual([error.code, error.kind], [expected.code, 'invalid'], error.message)
      assert.match(error.message, expected.says)
      return true
    },
  )
}

const OUTPUTS: Readonly<Record<string, (words: Words, options: unknown) => void>> = {
  print: (words, options) => words.print(1, options),
  saveAsTextFiles: (words, options) => words.saveAsTextFiles('a', '', options),
  saveAsObjectFiles: (words, options) => words.saveAsObjectFiles('a', '', options),
  saveAsFiles: (words, options) => words.saveAsFiles('a', '', options),
  saveAsHadoopFiles: (words, options) => words.saveAsHadoopFiles('a', '', options),
  saveAsNewAPIHadoopFiles: (words, options) => words.saveAsNewAPIHadoopFiles('a', '', options),
  foreachRDD: (words, options) => words.foreachRDD(() => {}, options),
}

/** Options to which others are added: some outputs do nothing without a format, and the others know of none. */
const givenTo = (operation: string) => (/^saveAs(Files|.*Hadoop)/.test(operation) ? { format: 'text' } : {})

for (const [operation, use] of Object.entries(OUTPUTS)) {
  test(`${operation} refuses options that are no object, and a name that is no text`, () => {
    for (const options of NO_OBJECTS)
      refused((_, words) => use(words, options), {
        code: 'bad-option',
        says: new RegExp(`^${operation} .* as in .*\\{`),
      })
    for (const name of NO_TEXTS)
      refused((_, words) => use(words, { ...givenTo(operation), name }), {
        code: 'bad-option',
        says: /\{ name: 'counts' \}/,
      })
  })
}

test('outputs of files refuse options in the place of the suffix, and sizes and formats that are none', () => {
  const says = /^saveAsFiles .* as in saveAsFiles\('data\/counts', '', \{ format: 'ndjson' \}\): undefined/
  refused((_, words) => words.saveAsFiles('a', { format: 'ndjson' }), { code: 'bad-option', says })
  refused((_, words) => words.saveAsFiles('a'), { code: 'bad-option', says })
  const place = { code: 'bad-destination', says: /must be texts, '' for none, with options behind them: / }
  refused((_, words) => words.saveAsTextFiles('a', { compact: true }), place)
  refused((_, words) => words.saveAsHadoopFiles({ format: 'ndjson' }), place)
  refused((_, words) => words.saveAsTextFiles('a', Object.create(null)), place)
  for (const compact of [1, 'yes', null, [], [{ targetBytes: 1 }]])
    refused((_, words) => words.saveAsTextFiles('a', '', { compact }), {
      code: 'bad-option',
      says: /compact is true, false or \{ targetBytes \}: /,
    })
  for (const format of [undefined, null, 7, {}, Object.create(null), Symbol('s'), { open: 1 }, { encode: 'x' }])
    refused((_, words) => words.saveAsFiles('a', '', { format }), {
      code: 'bad-format',
      says: /is a name, as 'ndjson'/,
    })
  for (const size of [null, '7', 0, 1.5, {}, Object.create(null), Symbol('s'), 7n])
    for (const option of ['maxPartBytes', 'maxPartRecords'])
      refused((_, words) => words.saveAsTextFiles('a', '', { [option]: size }), {
        code: 'bad-option',
        says: new RegExp(`${option} is a whole number from 1: `),
      })
  refused((_, words) => words.saveAsHadoopFiles('a', '', { key: Object.create(null) }), {
    code: 'bad-format',
    says: /format 'sequence'/,
  })
})

test('counts and functions of outputs are refused whatever they are', () => {
  for (const got of [null, 'x', {}, Object.create(null), Symbol('s'), 7n]) {
    refused((_, words) => words.print(got), { code: 'bad-count', says: /print\(10\)/ })
    refused((_, words) => words.foreachRDD(got), { code: 'not-a-function', says: /as in foreachRDD\(/ })
  }
})

test('inputs refuse options that are no object', () => {
  for (const options of NO_OBJECTS) {
    const ofFiles = { code: 'bad-option', says: /^A file stream .* as in .*\{ newFilesOnly: false \}/ }
    refused((ssc) => ssc.textFileStream('a', options), ofFiles)
    refused((ssc) => ssc.fileStream('a', options), ofFiles)
    refused((ssc) => ssc.binaryRecordsStream('a', 8, options), ofFiles)
    const ofKinesis = { code: 'bad-option', says: /^A Kinesis stream .*\{ streamName: 'lines' \}/ }
    refused((ssc) => ssc.kinesisStream(options), ofKinesis)
  }
  refused((ssc) => ssc.kinesisStream(), { code: 'bad-option', says: /streamName/ })
})

test('a source of another kind is a kind and its options', () => {
  for (const source of [
    undefined,
    ...NO_OBJECTS,
    {},
    { kind: 7, options: {} },
    { kind: 'queue' },
    { kind: 'queue', options: 7 },
  ])
    refused((ssc) => ssc.inputStream(source), {
      code: 'bad-option',
      says: /^inputStream takes .*\{ kind: 'queue', options: /,
    })
})

test('queues are arrays of batches, and batches arrays or datasets', () => {
  const noBatches = [7, 'x', true, {}, () => 1, Symbol('s')]
  const says = /^A batch of a queue stream is an array, a dataset, or null for none: /
  for (const batch of noBatches) {
    refused((ssc) => ssc.queueStream([['row'], batch]), { code: 'bad-option', says })
    refused((ssc) => ssc.queueStream([], true, batch), { code: 'bad-option', says })
    refused((ssc) => ssc.constantStream(batch), { code: 'bad-option', says })
    refused((ssc) => ssc.queueStream(batch), {
      code: 'bad-option',
      says: /takes an array of batches, as in queueStream\(/,
    })
  }
  refused((ssc) => ssc.queueStream([], 'all'), { code: 'bad-option', says: /oneAtATime .* true or false/ })
})

test('sockets and receivers are refused whatever stands in their place', () => {
  for (const got of [undefined, null, {}, Object.create(null), Symbol('s')]) {
    refused((ssc) => ssc.receiverStream(got), { code: 'bad-option', says: /extends Receiver/ })
    refused((ssc) => ssc.socketTextStream(got, 9999), { code: 'bad-option', says: /as in socketTextStream\(/ })
    refused((ssc) => ssc.socketTextStream('localhost', got), { code: 'bad-option', says: /as in socketTextStream\(/ })
    refused((ssc) => ssc.socketStream('localhost', 9999, got), { code: 'bad-option', says: /as in socketStream\(/ })
  }
})

test('a quota of dead letters is one, whatever stands in its place', () => {
  const policies = [
    'skip',
    7n,
    [],
    { deadLetter: { maxRecords: 5n } },
    { deadLetter: 7 },
    { deadLetter: [] },
    Symbol('s'),
  ]
  for (const onBadRecord of policies)
    refused((ssc) => ssc.textFileStream('a', { onBadRecord }), { code: 'bad-option', says: /maxRecords, maxShare/ })
})

/** Each taker of options, given one that it does not know, beside some that it does. */
const TAKERS: Readonly<Record<string, { readonly use: Use; readonly known: RegExp }>> = {
  ...Object.fromEntries(
    Object.entries(OUTPUTS).map(([operation, use]) => {
      const known =
        operation === 'print' || operation === 'foreachRDD' ? /options name, and/ : /options name, .*compact/
      return [operation, { use: (_, words) => use(words, { ...givenTo(operation), compct: true }), known }]
    }),
  ),
  compact: { use: (_, words) => words.saveAsTextFiles('a', '', { compact: { compct: 1 } }), known: /targetBytes/ },
  textFileStream: {
    use: (ssc) => ssc.textFileStream('a', { compct: 1 }),
    known: /filter, newFilesOnly, maxFilesPerBatch/,
  },
  fileStream: { use: (ssc) => ssc.fileStream('a', { format: 'text', compct: 1 }), known: /format, .*newFilesOnly/ },
  binaryRecordsStream: { use: (ssc) => ssc.binaryRecordsStream('a', 8, { compct: 1 }), known: /newFilesOnly/ },
  kinesisStream: {
    use: (ssc) => ssc.kinesisStream({ streamName: 'a', compct: 1 }),
    known: /streamName, initialPosition/,
  },
  inputStream: { use: (ssc) => ssc.inputStream({ kind: 'queue', options: {}, compct: 1 }), known: /kind, options/ },
  onBadRecord: {
    use: (ssc) => ssc.textFileStream('a', { onBadRecord: { deadLetter: {}, compct: 1 } }),
    known: /deadLetter/,
  },
  deadLetter: {
    use: (ssc) => ssc.textFileStream('a', { onBadRecord: { deadLetter: { compct: 1 } } }),
    known: /maxRecords, maxShare/,
  },
  updateStateByKey: {
    use: (_, words) => words.updateStateByKey(() => 1, { numPartitions: 2, compct: 1 }),
    known: /numPartitions, partitioner, .*stateVersion/,
  },
}

for (const [taker, { use, known }] of Object.entries(TAKERS)) {
  test(`${taker} refuses an option that there is none of, by its name and with those that there are`, () => {
    refused(use, { code: 'bad-option', says: known })
    refused(use, { code: 'bad-option', says: /takes the options .*: compct$/ })
  })
}

test('a stream of one format refuses another format and another place among its options', () => {
  for (const option of [{ format: 'ndjson' }, { url: 'elsewhere' }, { decode: () => [] }])
    refused((ssc) => ssc.textFileStream('a', option), { code: 'bad-option', says: /and no others/ })
})

test('updateStateByKey refuses what is neither a number, nor who partitions, nor options', () => {
  for (const options of NO_OBJECTS.filter((given) => typeof given !== 'number'))
    refused((_, words) => words.updateStateByKey(() => 1, options), {
      code: 'bad-option',
      says: /as in updateStateByKey\(f, \{ numPartitions: 4 \}\): /,
    })
})

test('applications and contexts refuse settings that there are none of', async () => {
  const define = defineApp as (options: unknown, build: unknown) => unknown
  const settings = { name: 'words', batchInterval: seconds(1) }
  const bad = (says: RegExp) => ({ code: 'bad-option', kind: 'invalid', message: says })
  for (const options of [undefined, ...NO_OBJECTS])
    assert.throws(() => define(options, () => {}), bad(/^defineApp takes options as an object, as in defineApp\(/))
  const cases = [
    { extra: { compct: 1 }, says: /^defineApp takes the options name, batchInterval, .*: compct$/ },
    { extra: { retain: { batch: 1 } }, says: /^retain of the application words takes the options batches, .*: batch$/ },
    {
      extra: { upgrade: { drops: [] } },
      says: /^upgrade of the application words takes the options rename, drop, .*: drops$/,
    },
  ]
  for (const { extra, says } of cases) assert.throws(() => define({ ...settings, ...extra }, () => {}), bad(says))

  const Context = SparkContext as unknown as new (options: unknown) => SparkContext
  assert.throws(() => new Context({ parallelism: 4 }), bad(/^A SparkContext takes the options .*: parallelism$/))
})

test('datasets refuse what is no format, and options that are no object', async () => {
  const pairs = new SparkContext().parallelize<[string, number]>([['row', 1]], 1)
  for (const options of NO_OBJECTS)
    await assert.rejects(async () => pairs.saveAsHadoopFile('out', options as never), {
      code: 'bad-option',
      kind: 'invalid',
    })
  for (const options of [...NO_OBJECTS, { format: 'ndjson' }, { keys: 'text' }])
    await assert.rejects(async () => pairs.saveAsSequenceFile('out', options as never), {
      code: 'bad-option',
      kind: 'invalid',
      message: /^saveAsSequenceFile takes /,
    })
  await assert.rejects(async () => pairs.saveAsHadoopFile('out', { compct: 1 } as never), { message: /: compct$/ })
  for (const format of [undefined, null, 7, {}, 'text'])
    await assert.rejects(async () => pairs.saveAsFile('out', format as never), { code: 'bad-format', kind: 'invalid' })
})
