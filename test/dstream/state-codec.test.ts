import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type DStream, defineApp, type State, type StateCodec, StateSpec, seconds } from 'sluice'
import { buildGraph } from '../../src/dstream/define-app.ts'
import { runApp, runStream } from './run-batches.ts'

class Tally {
  readonly counts: readonly number[]

  constructor(counts: readonly number[]) {
    this.counts = counts
  }

  with(count: number): Tally {
    return new Tally([...this.counts, count])
  }
}

const codec: StateCodec<Tally, readonly number[]> = {
  encode: (tally) => tally.counts,
  decode: (counts) => new Tally(counts),
}
type Pairs = DStream<[string, number]>
const pairs = (stream: DStream<never> | undefined): Pairs => stream as unknown as Pairs

const spec = () =>
  StateSpec.function((key: string, value: number | undefined, state: State<Tally>) => {
    const tally = (state.getOption() ?? new Tally([])).with(value ?? -1)
    if (!state.isTimingOut()) state.update(tally)
    return `${key} ${tally.counts}`
  }).codec(codec)

const INPUTS = [[[['a', 1]], [['a', 2]], [['b', 3]], []]]

test('objects of a class are state by a codec, the same restarted or not', async () => {
  for (const restartAfter of [[], [1], [1, 2, 3]]) {
    const got = await runStream({ inputs: INPUTS, restartAfter }, ([stream]) =>
      pairs(stream)
        .updateStateByKey<Tally>((counts, tally = new Tally([])) => counts.reduce((t, n) => t.with(n), tally), {
          codec,
        })
        .map(([key, tally]) => `${key} ${tally instanceof Tally} ${tally.counts}`),
    )
    const expected = [['a true 1'], ['a true 1,2'], ['a true 1,2', 'b true 3'], ['a true 1,2', 'b true 3']]
    assert.deepEqual(
      got.map(({ elements }) => elements.sort()),
      expected,
    )
  }
})

test('mapWithState, its initial state, its timeouts and its snapshots go through the codec', async () => {
  const mapped = (stream: DStream<never> | undefined) =>
    pairs(stream).mapWithState(
      spec()
        .initialState([['z', new Tally([9])]])
        .timeout(seconds(1)),
    )
  const got = await runStream({ inputs: INPUTS, restartAfter: [2] }, ([stream]) =>
    mapped(stream).checkpoint(seconds(1)),
  )
  assert.deepEqual(
    got.map(({ elements }) => elements.sort()),
    [['a 1'], ['a 1,2'], ['b 3', 'z 9,-1'], ['a 1,2,-1']],
  )
  const snapshots = await runStream({ inputs: INPUTS, restartAfter: [2] }, ([stream]) =>
    mapped(stream).stateSnapshots(),
  )
  assert.deepEqual(
    new Map(snapshots.at(-1)?.elements as [string, Tally][]),
    new Map([
      ['z', new Tally([9])],
      ['a', new Tally([1, 2])],
      ['b', new Tally([3])],
    ]),
  )
})

test('state that encodes to the same data is no change, and without a codec an object of a class is refused', async () => {
  const same = await runApp({ inputs: INPUTS }, (ssc) => {
    pairs(ssc.queueStream([]) as DStream<never>)
      .updateStateByKey<Tally>((_, tally = new Tally([1])) => new Tally(tally.counts), { codec })
      .foreachRDD(() => {})
  })
  assert.deepEqual(
    same.entries('updateStateByKey').filter(([key]) => key === 'a'),
    [['a', [1]]],
  )
  const refused = runStream({ inputs: INPUTS }, ([stream]) => pairs(stream).updateStateByKey(() => new Tally([])))
  await assert.rejects(refused, {
    code: 'not-encodable',
    message: /key "a", as it is or as its codec encodes it: .* an instance of Tally/,
  })
})

test('a codec without one of its functions, or with a name that is none, is refused where it is given', () => {
  const good = { encode: (n: number) => n, decode: (n: unknown) => n as number }
  const bad = [
    { ...good, decode: undefined },
    { ...good, encode: 'JSON' },
    { ...good, name: '' },
    { ...good, name: 7 },
    null,
  ] as unknown as StateCodec<number>[]
  for (const codec of bad) {
    const spec = StateSpec.function((_key: string, _value: number | undefined, _state: State<number>) => 1)
    const refused = { name: 'SluiceError', code: 'bad-state-codec', kind: 'invalid' }
    assert.throws(() => spec.codec(codec), refused)
    const app = defineApp({ name: 'bad', batchInterval: seconds(1) }, (ssc) => {
      const numbers = ssc.queueStream([[['a', 1]]])
      numbers.updateStateByKey<number>((ones) => ones.length, { codec }).print()
    })
    assert.throws(() => buildGraph(app), refused)
  }
})

const plain: StateCodec<number> = { encode: (n) => n, decode: (n) => n as number }
const FAULTY: Readonly<Record<string, readonly [Partial<StateCodec<number>>, RegExp]>> = {
  'an encode that throws': [
    { encode: () => assert.fail('no ink') },
    /The codec of \w+ at .* could not encode the state of key "?a"?: no ink/,
  ],
  'a decode that throws': [
    { decode: () => assert.fail('no glasses') },
    /The codec of \w+ at .* could not decode the state of key "?a"?: no glasses/,
  ],
  'an encode that returns a promise': [
    { encode: async (n) => n },
    /The codec of \w+ at .* could not encode the state of key "?a"?: .* synchronous/,
  ],
  'an encode that returns nothing': [
    { encode: () => undefined },
    /The codec of \w+ at .* could not encode the state of key "?a"?: .* would remove the key/,
  ],
  'an encode that returns an object of a class': [
    { encode: () => new URL('https://example.com') },
    /State of '\w[^']*', key "a", as it is or as its codec encodes it: .* an instance of URL/,
  ],
}
const STATEFUL: Readonly<Record<string, (pairs: Pairs, codec: StateCodec<number>) => DStream<unknown>>> = {
  updateStateByKey: (pairs, codec) =>
    pairs.updateStateByKey<number>((ones, n = 0) => n + ones.length, { codec, numPartitions: 1 }),
  'updateStateByKey with an iterator': (pairs, codec) =>
    pairs.updateStateByKey<number>(
      function* (updates) {
        for (const [key, values, n = 0] of updates) yield [key, n + values.length]
      },
      { codec, numPartitions: 1 },
      true,
    ),
  mapWithState: (pairs, codec) =>
    pairs.mapWithState(
      StateSpec.function((_key: string, _value: number | undefined, state: State<number>) => {
        state.update((state.getOption() ?? 0) + 1)
        return 1
      })
        .codec(codec)
        .numPartitions(1),
    ),
  'initial state': (pairs, codec) =>
    pairs.updateStateByKey<number>((_, n) => n, { codec, numPartitions: 1, initialState: [['a', 1]] }),
}

for (const [fault, [functions, message]] of Object.entries(FAULTY)) {
  for (const [operator, declare] of Object.entries(STATEFUL)) {
    test(`${fault} is told with operator and key: ${operator}`, async () => {
      const codec = { ...plain, ...functions }
      const run = runStream({ inputs: [[[['a', 1]], [['a', 2]]]], partitions: 1 }, ([stream]) =>
        declare(pairs(stream), codec),
      )
      await assert.rejects(run, (error: Error) => error.name === 'SluiceError' && message.test(error.message))
    })
  }
}
