/** Cases of what departs from Spark on purpose, by the numbers of docs/coming-from-spark.md: those that no other test shows. */
import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { type BatchInfo, type DStream, defineApp, type State, StateSpec, seconds } from 'sluice'
import { type AppRun, runApp, testOperation } from 'sluice/testing'
import { tempDirectory } from '../contracts/temp-directory.ts'
import { Collected, contextFor } from '../local/streaming-context/context.ts'

test('departure 5: record counts of file streams, and of batches that run after a recovery, are those of what was read', async () => {
  const counts: [batchTime: number, records: number][] = []
  const app = defineApp({ name: 'counted', batchInterval: seconds(1) }, (ssc) => {
    ssc.textFileStream('in', { newFilesOnly: false }).foreachRDD((rdd) => rdd.count())
    const told = ({ batchTime, numRecords }: BatchInfo) => counts.push([batchTime, numRecords])
    ssc.addStreamingListener({ onBatchCompleted: ({ batchInfo }) => told(batchInfo) })
  })
  const first: AppRun = await runApp(app, { files: { 'in/a': 'row\nrow\n' }, batches: 1 })
  // Spark tells 0 of both: of files always, and of batches that it makes up for after a restart.
  await runApp(app, { files: { 'in/b': 'row\nyour\nboat\n' }, batches: 1, from: first })
  assert.deepEqual(counts, [
    [1000, 2],
    [2000, 3],
  ])
})

test('departure 8: state that began with initial state recovers after its first batch, long before a data checkpoint', async () => {
  const inputs: [string, number][][] = [[['a', 1]], [['a', 1]], [['b', 1]]]
  const initial: [string, number][] = [
    ['a', 10],
    ['b', 20],
  ]
  const add = (values: readonly number[], sum = 0): number => values.reduce((a, b) => a + b, sum)
  const track = (key: string, value: number | undefined, state: State<number>): [string, number] => {
    state.update((state.getOption() ?? 0) + (value ?? 0))
    return [key, state.get()]
  }
  type Pairs = DStream<[string, number]>
  // By default Spark takes the first data checkpoint after ten batches, and cannot recover these before it.
  await testOperation({
    inputs,
    operation: (s: Pairs) => s.updateStateByKey(add, { initialState: initial }),
    restartAfter: [1, 2],
    expected: [
      [
        ['a', 11],
        ['b', 20],
      ],
      [
        ['a', 12],
        ['b', 20],
      ],
      [
        ['a', 12],
        ['b', 21],
      ],
    ],
  })
  await testOperation({
    inputs,
    operation: (s: Pairs) => s.mapWithState(StateSpec.function(track).initialState(initial)),
    restartAfter: [1, 2],
    expected: [[['a', 11]], [['a', 12]], [['b', 21]]],
  })
})

test('departure 9: StreamingContextSuite "start with non-serializable DStream checkpoints": functions may close over anything', async (t) => {
  // A socket, a symbol and an object with private parts: no language could store them.
  const server = createServer()
  t.after(() => server.close())
  class Secret {
    readonly #word = Symbol('secret')
    knows(word: string): boolean {
      return String(this.#word).includes(word)
    }
  }
  const secret = new Secret()
  const ssc = contextFor(t)
  ssc.checkpoint(join(tempDirectory(t), 'checkpoint'))
  const seen = new Collected<string>()
  ssc
    .queueStream([['secret', 'no']])
    .filter((word) => secret.knows(word) && !server.listening)
    .map((word) => [word, 1])
    .updateStateByKey<number>((ones, sum = 0) => ones.length + sum)
    .foreachRDD(async (rdd) => seen.add((await rdd.collect()).map(([word]) => word)))
  await ssc.start()
  assert.deepEqual((await seen.atLeast(1))[0], ['secret'])
})
