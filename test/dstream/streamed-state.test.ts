import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { buildGraph, defineApp } from '../../src/dstream/define-app.ts'
import type { DStream } from '../../src/dstream/dstream.ts'
import type { Graph } from '../../src/dstream/graph.ts'
import type { StateCodec } from '../../src/dstream/state-codec.ts'
import { HashPartitioner } from '../../src/rdd/partitioner.ts'
import { SparkContext } from '../../src/rdd/spark-context.ts'
import { isOrdered } from '../../src/state/snapshot-index.ts'
import { StateStore } from '../../src/state/state-store.ts'
import { StoredSnapshot } from '../../src/state/stored-snapshot.ts'
import { milliseconds, Time } from '../../src/util/time.ts'
import { StateWorld } from '../state/state-world.ts'

type Key = unknown
type Pairs = DStream<[Key, number]>

const KEYS: readonly Key[] = [
  ...Array(12).keys(),
  -0,
  2.5,
  Number.NaN,
  'a',
  '\0a',
  '1',
  null,
  5n,
  true,
  [1, 'a'],
  { x: 1 },
]

/** Of the function that counts them, in the last batch. */
let calls = 0

/** Programs that keep, remove, replace and change what they are given, in every form that can be streamed. */
const PROGRAMS: Readonly<Record<string, (pairs: Pairs, partitions: number) => DStream<unknown>>> = {
  sums: (pairs, partitions) => pairs.updateStateByKey<number>((values, sum = 0) => sum + total(values), partitions),
  'a function that counts its calls': (pairs, partitions) =>
    pairs.updateStateByKey<number>((values, sum = 0) => {
      calls++
      return sum + total(values)
    }, partitions),
  'initial state': (pairs, numPartitions) =>
    pairs.updateStateByKey<number>((values, sum = 0) => (values.length > 2 ? undefined : sum + total(values)), {
      numPartitions,
      initialState: KEYS.map((key, i): [Key, number] => [key, i]),
    }),
  'persisted states': (pairs, partitions) =>
    pairs.updateStateByKey<number>((values, n = 0) => (n > 5 ? undefined : n + values.length), partitions).persist(),
  'states that end': (pairs, partitions) =>
    pairs.updateStateByKey<number>(
      (values, n = 0) => ((n + values.length) % 3 === 0 ? undefined : n + values.length),
      partitions,
    ),
  'every state changes in every batch': (pairs, partitions) =>
    pairs.updateStateByKey<number>((_values, n = 0) => (n > 3 ? undefined : n + 1), partitions),
  'objects changed in place': (pairs, partitions) =>
    pairs.updateStateByKey<{ all: number[] }>((values, state = { all: [] }) => {
      state.all.push(...values)
      return state.all.length > 4 ? undefined : state
    }, partitions),
  'scalars and objects by turns': (pairs, partitions) =>
    pairs.updateStateByKey<unknown>(
      (values, state) =>
        values.length === 0 ? state : [state === undefined ? Number.NaN : 'x', ...values][values.length],
      partitions,
    ),
  'time and key': (pairs, partitions) =>
    pairs.updateStateByKey<string>(
      (time: Time, key: Key, values: number[], state = '') =>
        values.length > 0 ? `${state}${time.milliseconds}${typeof key}`.slice(-20) : state,
      new HashPartitioner(partitions),
      true,
    ),
  codec: (pairs, partitions) =>
    pairs.updateStateByKey<URL>(
      (values, url = new URL('http://a/')) =>
        values.length > 1 ? undefined : new URL(`/${total(values)}${url.pathname}`.slice(0, 12), url),
      { numPartitions: partitions, codec: URLS },
    ),
  'windows of states': (pairs, partitions) =>
    pairs.updateStateByKey<number>((values, sum = 0) => sum + total(values), partitions).window(milliseconds(2000)),
}
const URLS: StateCodec<URL, string> = { encode: String, decode: (text) => new URL(text) }

const BATCH = fc.record({
  pairs: fc.array(fc.tuple(fc.nat(KEYS.length - 1), fc.integer({ min: -1, max: 2 })), { maxLength: 12 }),
  dataset: fc.nat(5).map((n) => n > 0),
  restart: fc.nat(2).map((n) => n === 0),
})
type Batch = typeof BATCH extends fc.Arbitrary<infer B> ? B : never

for (const [name, program] of Object.entries(PROGRAMS)) {
  test(`state that is streamed comes out as state in memory does: ${name}`, async () => {
    let streamed = 0
    await fc.assert(
      fc.asyncProperty(
        fc.array(BATCH, { minLength: 4, maxLength: 14 }),
        fc.integer({ min: 1, max: 3 }),
        async (batches, partitions) => {
          const operation = (pairs: Pairs): DStream<unknown> => program(pairs, partitions)
          const held = new Process(operation, { ...OFTEN, heldBytes: 1e9 })
          const tiny = new Process(operation, { ...OFTEN, heldBytes: 400 })
          for (const [i, batch] of batches.entries()) {
            const expected = await held.run(batch, i)
            assert.deepEqual(await tiny.run(batch, i), expected)
          }
          streamed += await tiny.streamedSnapshots()
        },
      ),
      { numRuns: 12 },
    )
    assert.ok(streamed > 6, `${streamed} snapshots were streamed`)
  })
}

const OFTEN = { minBytes: 40, maxChangelogs: 4 }

/** An application and its checkpoint. */
class Process {
  readonly #operation: (pairs: Pairs) => DStream<unknown>
  readonly #snapshots: { readonly heldBytes: number }
  readonly #world = new StateWorld()
  #store: StateStore
  #graph: Graph
  #output: unknown

  constructor(operation: (pairs: Pairs) => DStream<unknown>, snapshots: { readonly heldBytes: number }) {
    this.#operation = operation
    this.#snapshots = snapshots
    this.#store = new StateStore({ snapshots })
    this.#graph = this.#built()
  }

  /** What three jobs find of the stream, the changelog that the batch writes, and how often the function was called. */
  async run({ pairs, dataset, restart }: Batch, index: number): Promise<unknown> {
    if (restart) {
      this.#store = new StateStore({ snapshots: this.#snapshots })
      this.#graph = this.#built()
    }
    const state = this.#store.open(this.#world.base, this.#world)
    const { signal } = new AbortController()
    const sparkContext = new SparkContext({ signal })
    const batchTime = new Time((index + 1) * 1000)
    const elements = pairs.map(([key, value]): [Key, number] => [KEYS[key], value])
    const input = () => (dataset ? sparkContext.parallelize(elements, 2) : undefined)
    const run = { batchTime, zeroTime: new Time(0), sparkContext, state, clockMs: 0, seed: 1, signal, input }
    const batch = this.#graph.openBatch(run)
    this.#output = undefined
    calls = 0
    for (const { name, fn, dataset } of batch.outputs) {
      const rdd = await dataset()
      if (rdd) await fn?.(rdd, batchTime, { name, token: () => name, mark: '', signal })
    }
    await batch.advance()
    const { changes } = await this.#world.commit(state, batchTime.milliseconds)
    return [this.#output, changes, calls]
  }

  async streamedSnapshots(): Promise<number> {
    const refs = (this.#world.base?.state.snapshots ?? []).filter(({ operator }) => !operator.includes('.'))
    const opened = refs.map(async ({ object }) => {
      const read = (start: number, end: number) => this.#world.read(object, { start, end })
      const snapshot = await StoredSnapshot.open({ name: object.key, sizeBytes: object.sizeBytes, read })
      return isOrdered(snapshot.index)
    })
    return (await Promise.all(opened)).filter(Boolean).length
  }

  #built(): Graph {
    const app = defineApp({ name: 'streamed', batchInterval: milliseconds(1000) }, (ssc) => {
      this.#operation(ssc.queueStream<[Key, number]>([])).foreachRDD(async (rdd) => {
        this.#output = [await rdd.count(), await rdd.glom().collect(), await rdd.take(2)]
      })
    })
    return buildGraph(app)
  }
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0)
}
