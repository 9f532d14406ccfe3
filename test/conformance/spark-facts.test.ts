import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type DStream, defineApp, milliseconds, SluiceError, type State, StateSpec, seconds, Time } from 'sluice'
import { runApp, runOperation, testOperation } from 'sluice/testing'
import { nextOnGrid, zeroTimeAt } from '../../src/checkpoint/grid.ts'
import { readCases } from './read-cases.ts'

const cases = readCases('test/conformance/cases.json')
const B = { batchInterval: seconds(1) }
const add = (a: number, b: number) => a + b

function caseOf(suite: string, name: string) {
  const found = cases.find((given) => given.suite === suite && given.name === name)
  assert.ok(found, `no such case: ${suite}: ${name}`)
  return found
}

test('BasicOperationsSuite: slice', async () => {
  const given = caseOf('BasicOperationsSuite', 'slice')
  const run = await runOperation({ inputs: [[1], [2], [3], [4]], numBatches: 2, operation: (s) => s.map((n) => n) })
  const queries = given.params.queries ?? []
  const got: number[][] = []
  for (const [from, to] of queries) got.push((await run.slice(new Time(from), new Time(to))).flat())
  assert.deepEqual(got, given.expected)
})

test('BasicOperationsSuite: slice - has not been initialized', async () => {
  const refused: Promise<unknown>[] = []
  const app = defineApp({ name: 'early', ...B }, (ssc) => {
    const stream = ssc.queueStream([[1]])
    refused.push(assert.rejects(stream.slice(new Time(0), new Time(1000)), /has not been initialized/))
    stream.print()
  })
  await runApp(app, { batches: 1 })
  await Promise.all(refused)
  assert.equal(refused.length, 1)
})

test('MapWithStateSuite: mapWithState - checkpoint durations', async () => {
  const { input = [], expected } = caseOf('MapWithStateSuite', 'mapWithState - checkpoint durations')
  const durations: number[] = []
  for (const [batchMs, explicitMs] of input as readonly [number, number | null][]) {
    // Keys time out only in batches that take a data checkpoint; with so short a timeout, in the first of them.
    const spec = StateSpec.function((_key: string, _value: number | undefined, state: State<number>) => {
      if (state.isTimingOut()) return 'out'
      state.update(1)
      return 'in'
    }).timeout(milliseconds(1))
    const { firings } = await runOperation({
      inputs: [[['k', 1]]],
      numBatches: 21,
      batchInterval: milliseconds(batchMs),
      operation: (s) => {
        const mapped = s.mapWithState(spec)
        return explicitMs === null ? mapped : mapped.checkpoint(milliseconds(explicitMs))
      },
    })
    durations.push(firings.find(({ elements }) => elements.includes('out'))?.timeMs ?? 0)
  }
  assert.deepEqual(durations, expected)
})

test('MapWithStateRDDSuite: creation from pair RDD: initial state has the time of the first batch', async () => {
  const spec = StateSpec.function((_key: number, _value: number | undefined, state: State<string>) =>
    state.isTimingOut() ? 'out' : undefined,
  )
    .initialState([
      [1, '1'],
      [2, '2'],
      [3, '3'],
    ])
    .timeout(seconds(2))
  const { firings } = await runOperation({
    inputs: [],
    numBatches: 5,
    operation: (s: DStream<[number, number]>) => s.mapWithState(spec).checkpoint(seconds(1)),
  })
  // Idle for longer than two seconds since 1000 ms, strictly.
  assert.deepEqual(
    firings.map(({ elements }) => elements.length),
    [0, 0, 0, 3, 0],
  )
})

test('InputStreamsSuite: file input stream - newFilesOnly = false', async () => {
  const app = defineApp({ name: 'files', ...B }, (ssc) => {
    ssc.textFileStream('in', { newFilesOnly: false }).saveAsTextFiles('out')
  })
  const first = await runApp(app, { files: { 'in/0': '0\n' }, batches: 1 })
  const next = await runApp(app, { files: { 'in/1': '1\n', 'in/.hidden': 'no\n' }, batches: 2, from: first })
  assert.deepEqual([first.outputs.saveAsTextFiles, next.outputs.saveAsTextFiles], [[['0']], [['1'], undefined]])
})

test('InputStreamsSuite: file input stream - wildcard', async () => {
  const app = defineApp({ name: 'files', ...B }, (ssc) => {
    ssc.textFileStream('base/sub*', { newFilesOnly: false }).saveAsTextFiles('out')
  })
  const files = { 'base/sub1/a': 'a\n', 'base/sub2/b': 'b\n', 'base/other/c': 'c\n', 'base/d': 'd\n' }
  const { outputs } = await runApp(app, { files: { ...files }, batches: 1 })
  assert.deepEqual(outputs.saveAsTextFiles, [['a', 'b']])
})

test('InputStreamsSuite: binary records stream', async () => {
  const app = defineApp({ name: 'files', ...B }, (ssc) => {
    const records = ssc.binaryRecordsStream('in', 1, { newFilesOnly: false })
    records.map(([byte]) => byte).saveAsTextFiles('out')
  })
  const { outputs } = await runApp(app, { files: { 'in/a': '\u0001\u0002', 'in/b': '\u0003' }, batches: 1 })
  assert.deepEqual(outputs.saveAsTextFiles, [['1', '2', '3']])
})

test('pyspark.BasicOperationTests: slice', async () => {
  const given = caseOf('pyspark.BasicOperationTests', 'slice')
  const run = await runOperation({ inputs: [[1], [2], [3], [4]], operation: (s) => s.map((n) => n) })
  const got: number[][] = []
  // Offsets are relative to the first batch time.
  for (const [from, to] of given.params.queries ?? []) {
    got.push((await run.slice(new Time(1000 + from), new Time(1000 + to))).flat())
  }
  assert.deepEqual(got, given.expected)
})

test('pyspark.WindowFunctionTests: reduce by invalid window', async () => {
  for (const [window, slide] of [
    [100, 100],
    [1000, 100],
  ] as const) {
    const operation = (s: DStream<[string, number]>) =>
      s.reduceByKeyAndWindow(add, milliseconds(window), milliseconds(slide))
    const run = await runOperation({ inputs: [[]], operation, batchInterval: milliseconds(500) })
    assert.ok(run.error instanceof SluiceError && run.error.kind === 'invalid', String(run.error))
  }
})

test('JavaAPISuite: queueStream, and InputStreamsSuite: queue input stream - oneAtATime = true', async () => {
  const app = defineApp({ name: 'queue', ...B }, (ssc) => {
    ssc
      .queueStream([
        [1, 2, 3],
        [4, 5, 6],
        [7, 8, 9],
      ])
      .saveAsTextFiles('out')
  })
  const { outputs } = await runApp(app, { batches: 4 })
  assert.deepEqual(outputs.saveAsTextFiles, [['1', '2', '3'], ['4', '5', '6'], ['7', '8', '9'], undefined])
})

test('InputStreamsSuite: queue input stream - oneAtATime = false', async () => {
  const app = defineApp({ name: 'queue', ...B }, (ssc) => {
    ssc.queueStream([['1'], ['2'], ['3']], false).saveAsTextFiles('out')
  })
  const { outputs } = await runApp(app, { batches: 2 })
  assert.deepEqual(outputs.saveAsTextFiles, [['1', '2', '3'], undefined])
})

test('JavaAPISuite: foreachRDD', async () => {
  const calls: number[] = []
  const app = defineApp({ name: 'calls', ...B }, (ssc) => {
    ssc
      .queueStream([
        [1, 1, 1],
        [1, 1, 1],
      ])
      .foreachRDD(async (rdd) => calls.push(await rdd.count()))
  })
  await runApp(app, { batches: 2 })
  assert.deepEqual(calls, [3, 3])
})

test('FailureSuite: multiple failures with map', async () => {
  const given = caseOf('FailureSuite', 'multiple failures with map')
  const inputs = (given.input ?? []) as readonly string[][]
  for (const restartAfter of [[1, 5, 6, 17, 29], inputs.map((_, i) => i + 1)]) {
    await testOperation({
      inputs,
      restartAfter,
      operation: (s) => s.map(Number),
      expected: given.expected as number[][],
    })
  }
})

test('FailureSuite: multiple failures with updateStateByKey', async () => {
  const given = caseOf('FailureSuite', 'multiple failures with updateStateByKey')
  const inputs = (given.input ?? []) as readonly string[][]
  const operation = (s: DStream<string>) =>
    s.map((word) => [word, 1]).updateStateByKey<number>((ones, sum = 0) => ones.reduce(add, sum))
  const whole = await testOperation({ inputs, operation })
  assert.deepEqual(whole.at(-1), [['a', inputs.flat().length]])
  for (const restartAfter of [[1, 5, 6, 17, 29], inputs.map((_, i) => i + 1)]) {
    await testOperation({ inputs, operation, restartAfter, expected: whole })
  }
})

test('MapWithStateRDDSuite: checkpointing empty state RDD', async () => {
  const operation = (s: DStream<[string, number]>) =>
    s.updateStateByKey<number>((values, sum) => values.reduce(add, sum ?? 0))
  const batches = await testOperation({ inputs: [[], [], [['a', 1]]], operation, restartAfter: [1, 2] })
  assert.deepEqual(batches, [[], [], [['a', 1]]])
})

test('DERIVED: saveAs*Files name, and pyspark.util: rddToFileName', async () => {
  const named = [
    ...(caseOf('DERIVED', 'saveAs*Files name').input ?? []),
    ...(caseOf('pyspark.util', 'rddToFileName').input ?? []),
  ]
  const wanted = [
    ...caseOf('DERIVED', 'saveAs*Files name').expected,
    ...caseOf('pyspark.util', 'rddToFileName').expected,
  ]
  for (const [i, row] of named.entries()) {
    const [prefix, suffix, timeMs] = row as [string | null, string | null, number]
    const app = defineApp({ name: 'named', ...B }, (ssc) => {
      ssc.queueStream([['x']]).saveAsTextFiles(prefix ?? '', suffix ?? '')
    })
    const { files } = await runApp(app, { batches: 1, start: timeMs - 1000 })
    assert.ok(`${String(wanted[i])}/_SUCCESS` in files, `${String(wanted[i])}: ${Object.keys(files).join(', ')}`)
  }
})

test('DERIVED: print(num) text', async () => {
  const { expected } = caseOf('DERIVED', 'print(num) text')
  for (const [i, elements] of [[], [1, 2], [1, 2, 3]].entries()) {
    const app = defineApp({ name: 'printing', ...B }, (ssc) => ssc.queueStream([elements]).print(2))
    assert.equal((await runApp(app, { batches: 1 })).printed, expected[i])
  }
})

test('DERIVED: first batch time', () => {
  const { input = [], expected } = caseOf('DERIVED', 'first batch time')
  const first = (input as readonly [number, number][]).map(([now, interval]) => zeroTimeAt(now, interval) + interval)
  assert.deepEqual(first, expected)
})

test('DERIVED: restart batch time', () => {
  const { input = [], expected } = caseOf('DERIVED', 'restart batch time')
  const rows = input as readonly [number, number, number][]
  assert.deepEqual(
    rows.map(([now, zero, interval]) => nextOnGrid(zero, interval, now)),
    expected,
  )
})

test('RecurringTimerSuite: basic: every missed tick is run, in order', async () => {
  const run = await runOperation({
    inputs: [],
    numBatches: 4,
    operation: (s: DStream<number>) => s,
    batchInterval: milliseconds(100),
  })
  assert.deepEqual(run.times, [100, 200, 300, 400])
})
