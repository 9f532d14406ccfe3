/** The rules behind Spark's cases about what a context keeps of earlier batches: state, datasets, checkpoints. */
import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { type DStream, defineApp, InputDStream, type State, StateSpec, StorageLevel, seconds, Time } from 'sluice'
import { type OperationRun, runApp, runOperation, testOperation } from 'sluice/testing'
import { tempDirectory } from '../contracts/temp-directory.ts'
import { Collected, contextFor } from '../local/streaming-context/context.ts'

const total = (values: readonly number[], sum = 0): number => values.reduce((a, b) => a + b, sum)
const at = async <R>(run: OperationRun<R>, timeMs: number): Promise<R[]> =>
  (await run.slice(new Time(timeMs), new Time(timeMs))).flat()

const TEN_BATCHES = Array.from({ length: 10 }, (_, i) => [i, i + 1])

test('BasicOperationsSuite: rdd cleanup - map and window: what Spark has cleared after ten batches is made again when asked for', async () => {
  // Spark keeps 3, 7 and 9 seconds of these streams, and computes anew what is older.
  const mapped = (s: DStream<number>) => s.map((n) => n)
  const window1 = (s: DStream<number>) => mapped(s).window(seconds(2), seconds(1))
  const window2 = (s: DStream<number>) => window1(s).window(seconds(4), seconds(2))
  for (const [operation, cleared] of [
    [mapped, 1000],
    [window1, 3000],
    [window2, 6000],
  ] as const) {
    const run = await runOperation({ inputs: TEN_BATCHES, operation })
    const wanted = run.firings.find(({ timeMs }) => timeMs === cleared)?.elements
    assert.ok(wanted !== undefined && wanted.length > 0)
    assert.deepEqual(await at(run, cleared), wanted)
  }
})

test('BasicOperationsSuite: rdd cleanup - updateStateByKey: so is state that Spark has cleared', async () => {
  const run = await runOperation({
    inputs: TEN_BATCHES,
    operation: (s) =>
      s
        .map((n) => [n, 1])
        .updateStateByKey<number>(total)
        .checkpoint(seconds(3)),
  })
  const wanted = run.firings.find(({ timeMs }) => timeMs === 4000)?.elements
  assert.deepEqual(await at(run, 4000), wanted)
})

test('CheckpointSuite: basic rdd checkpoints + dstream graph checkpoint recovery: state goes on after a restart, and is stored anew', async () => {
  const inputs = Array.from({ length: 10 }, () => ['a'])
  await testOperation({
    inputs,
    operation: (s) =>
      s
        .map((word) => [word, 1])
        .updateStateByKey<number>(total)
        .checkpoint(seconds(2)),
    restartAfter: [2, 4, 5],
    expected: inputs.map((_, i): [string, number][] => [['a', i + 1]]),
  })
})

test('CheckpointSuite: SPARK-6847: of two state streams one above the other, both recover', async () => {
  const operation = (s: DStream<string>) =>
    s
      .map((word) => [word, 1])
      .updateStateByKey<number>(total)
      .checkpoint(seconds(1))
      .updateStateByKey<number>(total)
      .checkpoint(seconds(1))
  const inputs = [['a'], ['a', 'b'], [], ['b']]
  const undisturbed = await testOperation({ inputs, operation })
  assert.deepEqual(undisturbed.at(-1), [
    ['a', 1 + 2 + 2 + 2],
    ['b', 1 + 1 + 2],
  ])
  await testOperation({ inputs, operation, restartAfter: [1, 2, 3], expected: undisturbed })
})

test('CheckpointSuite: DStreamCheckpointData.restore invoking times: a stream that three outputs share is restored once', async () => {
  const calls: string[] = []
  class Restored extends InputDStream<number> {
    override start(): void {
      calls.push('start')
    }
    compute(): number[] {
      return []
    }
    override cut(_time: Time, position: unknown = 0) {
      calls.push(`cut from ${position}`)
      return { ranges: [position], next: Number(position) + 1 }
    }
    override read(range: unknown): number[] {
      return [Number(range)]
    }
  }
  const app = defineApp({ name: 'restored', batchInterval: seconds(1) }, (ssc) => {
    const stream = new Restored(ssc)
    for (const name of ['one', 'two', 'three']) stream.saveAsTextFiles(name, '', { name })
  })
  const { outputs } = await runApp(app, { batches: 2, restartAfter: [1] })
  assert.deepEqual(calls, ['start', 'cut from 0', 'start', 'cut from 1'])
  assert.deepEqual(outputs, { one: [['0'], ['1']], two: [['0'], ['1']], three: [['0'], ['1']] })
})

test('CheckpointSuite: SPARK-28912: getCheckpointFiles: what else lies in the checkpoint directory is left alone', async (t) => {
  const directory = join(tempDirectory(t), 'checkpoint-01')
  await mkdir(join(directory, 'checkpoint-1000000000'), { recursive: true })
  await writeFile(join(directory, 'this-is-matched-before-due-to-parent-path'), 'not a checkpoint')
  const ssc = contextFor(t)
  ssc.checkpoint(directory)
  const seen = new Collected<string>()
  ssc.queueStream([['a']]).foreachRDD(async (rdd) => seen.add(await rdd.collect()))
  await ssc.start()
  assert.deepEqual((await seen.atLeast(1))[0], ['a'])
})

/** State that a test sets and removes: `[key, value]` puts, `[key, null]` removes, `get` reads. */
const puts = StateSpec.function((_key: number, value: number | null | undefined, state: State<number>) => {
  if (value === null) state.remove()
  else if (value !== undefined) state.update(value)
  return undefined
})

test('StateMapSuite: EmptyStateMap: of no state nothing is found, nothing times out, and removing is no error', async () => {
  const got: unknown[] = []
  const spec = StateSpec.function((_key: number, _value: number | undefined, state: State<number>) => {
    got.push(state.getOption(), state.exists())
    state.remove()
  }).timeout(seconds(1))
  const { batches, error } = await runOperation({
    inputs: [[], [[1, 1]], [], []],
    operation: (s: DStream<[number, number]>) => s.mapWithState(spec).checkpoint(seconds(1)).stateSnapshots(),
    restartAfter: [1, 2],
  })
  assert.equal(error, undefined)
  assert.deepEqual(batches, [[], [], [], []])
  assert.deepEqual(got, [undefined, false])
})

test('StateMapSuite: OpenHashMapBasedStateMap - put, get, getByTime, getAll, remove with copy: no batch changes the state of those before it', async () => {
  const steps: [number, number | null][][] = [
    [
      [1, 100],
      [2, 200],
      [1, null],
    ],
    [
      [3, 300],
      [4, 400],
    ],
    [
      [4, null],
      [2, null],
    ],
    [
      [1, 1000],
      [2, 2000],
      [3, 3000],
      [4, 4000],
    ],
    [[2, null]],
    [[2, 20_000]],
  ]
  const run = await runOperation({
    inputs: steps,
    operation: (s: DStream<[number, number | null]>) => s.mapWithState(puts).stateSnapshots(),
    numPartitions: 1,
  })
  const states = [
    [[2, 200]],
    [
      [2, 200],
      [3, 300],
      [4, 400],
    ],
    [[3, 300]],
    [
      [1, 1000],
      [2, 2000],
      [3, 3000],
      [4, 4000],
    ],
    [
      [1, 1000],
      [3, 3000],
      [4, 4000],
    ],
    [
      [1, 1000],
      [2, 20_000],
      [3, 3000],
      [4, 4000],
    ],
  ]
  for (const [i, state] of states.entries()) {
    const got = await at(run, (i + 1) * 1000)
    assert.deepEqual(
      got.sort(([a], [b]) => a - b),
      state,
    )
  }
})

test('WindowOperationsSuite: window - persistence level: a window is kept by what it is made of, never itself', async () => {
  for (const level of [undefined, StorageLevel.MEMORY_ONLY]) {
    let computed = 0
    const levels: Record<string, StorageLevel> = {}
    const app = defineApp({ name: 'levels', batchInterval: seconds(1) }, (ssc) => {
      const parent = ssc.queueStream([['a']]).map((word) => {
        computed++
        return word
      })
      const windowed = parent.window(seconds(2))
      if (level !== undefined) windowed.persist(level)
      const streams = { parent, windowed }
      for (const [name, stream] of Object.entries(streams)) {
        stream.foreachRDD(async (rdd) => {
          levels[name] = rdd.getStorageLevel()
          await rdd.collect()
        })
      }
    })
    await runApp(app, { batches: 2 })
    assert.equal(levels.windowed, StorageLevel.NONE)
    // Spark persists the parent in any case; here the window keeps elements in its state, and a level is for other readers.
    if (level !== undefined) assert.deepEqual([levels.parent, computed], [level, 1])
  }
})
