import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Application, defineApp } from '../../src/dstream/define-app.ts'
import type { DStream } from '../../src/dstream/dstream.ts'
import type { State } from '../../src/dstream/state.ts'
import type { StateCodec } from '../../src/dstream/state-codec.ts'
import { StateSpec } from '../../src/dstream/state-spec.ts'
import type { StreamBuilder } from '../../src/dstream/stream-builder.ts'
import { SparkContext } from '../../src/rdd/spark-context.ts'
import { runInvocation } from '../../src/scheduler/run-invocation.ts'
import { seconds } from '../../src/util/time.ts'
import { UNTIL_IDLE, World } from './world.ts'

interface Count {
  n: number
}

class Tally {
  readonly counts: number[]

  constructor(counts: number[]) {
    this.counts = counts
  }
}

type Pairs = DStream<[string, number]>
type Declare = (pairs: Pairs, ssc: StreamBuilder) => DStream<string>

/** What is put out, by a process whose first attempts fail once all is computed. */
async function outputs(failures: number, declare: Declare): Promise<Map<string, string>> {
  let left = failures
  const failing = (line: string): string => {
    if (left-- > 0) throw new Error('passing trouble')
    return line
  }
  const app: Application = defineApp({ name: 'values', batchInterval: seconds(1), defaultParallelism: 1 }, (ssc) => {
    const lines = ssc.textFileStream('memory://in', { newFilesOnly: false, maxFilesPerBatch: 1 }).uid('lines')
    const pairs = lines.flatMap((line) => line.split(' ')).map((word) => [word, 1])
    declare(pairs, ssc).map(failing).saveAsTextFiles('memory://out/values')
  })
  const world = new World()
  await world.feed(3)
  const runtime = world.process(undefined, app)
  for (let tries = 0; tries <= failures; tries++) {
    await runInvocation(runtime, UNTIL_IDLE).catch((error: { code?: string }) =>
      assert.equal(error.code, 'batch-failed'),
    )
    world.clock.advance(1_000_000)
  }
  assert.ok(left < 0)
  return world.outputs()
}

function addInPlace(ones: number[], count: Count = { n: 0 }): Count {
  count.n += ones.length
  return count
}

const visit = StateSpec.function((word: string, one: number | undefined, state: State<Count>) => {
  const count = state.getOption() ?? { n: 0 }
  count.n += one ?? 0
  state.update(count)
  return `${word} ${count.n}`
})

const shown = ([word, { n }]: readonly [string, Count]): string => `${word} ${n}`

/** Shares its array with the state, both ways. */
const sharing: StateCodec<Tally> = {
  encode: ({ counts }) => counts,
  decode: (counts) => new Tally(counts as number[]),
}

function* pairsOnce(): Generator<[string, Count]> {
  yield ['a', { n: 10 }]
}

const initial = (): [string, Count][] => [['a', { n: 10 }]]

const CASES: Readonly<Record<string, Declare>> = {
  'the initial state of updateStateByKey': (pairs) =>
    pairs.updateStateByKey<Count>(addInPlace, { initialState: initial() }).map(shown),
  'an initial state that is a dataset': (pairs) =>
    pairs
      .updateStateByKey<Count>(addInPlace, { initialState: new SparkContext().parallelize(initial(), 1).cache() })
      .map(shown),
  'an initial state that is read once': (pairs) =>
    pairs.updateStateByKey<Count>(addInPlace, { initialState: pairsOnce() }).map(shown),
  'the initial state of mapWithState': (pairs) => pairs.mapWithState(visit.initialState(initial())),
  'an initial state behind a codec that shares its parts': (pairs) =>
    pairs
      .updateStateByKey<Tally>(
        (ones, tally = new Tally([])) => {
          tally.counts.push(ones.length)
          return tally
        },
        { codec: sharing, initialState: [['a', new Tally([7])]] },
      )
      .map(([word, { counts }]) => `${word} ${counts}`),
  'the items of a queue': (pairs, ssc) => joined(pairs, ssc.queueStream([[{ n: 0 }], [{ n: 0 }], [{ n: 0 }]])),
  'the default of a queue': (pairs, ssc) => joined(pairs, ssc.queueStream<Count>([], true, [{ n: 0 }])),
  'the dataset of a constant stream': (pairs, ssc) =>
    joined(pairs, ssc.constantStream(new SparkContext().parallelize([{ n: 0 }], 1))),
}

function joined(pairs: Pairs, counts: DStream<Count>): DStream<string> {
  return pairs.map(() => 'word').union(counts.map((count) => `count ${++count.n}`))
}

for (const [what, declare] of Object.entries(CASES)) {
  test(`what failed attempts did to ${what} leaves no trace`, async () => {
    assert.deepEqual(await outputs(3, declare), await outputs(0, declare))
  })
}

test('keys that begin with one object as their initial state do not share it', async () => {
  const shared = { n: 0 }
  const got = await outputs(0, (pairs) =>
    pairs
      .updateStateByKey<Count>(addInPlace, {
        initialState: [
          ['a', shared],
          ['nobody', shared],
        ],
      })
      .map(shown),
  )
  const counts = [...got]
    .filter(([key]) => !key.endsWith('_SUCCESS'))
    .map(([, text]) => /^nobody \d+$/m.exec(text)?.[0])
  assert.deepEqual(counts, ['nobody 0', 'nobody 0', 'nobody 0'])
  assert.deepEqual(shared, { n: 0 })
})
