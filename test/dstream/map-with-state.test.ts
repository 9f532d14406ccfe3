import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type DStream, HashPartitioner, type State, StateSpec, seconds } from 'sluice'
import { type Batches, runStream } from './run-batches.ts'

type Pairs = DStream<[string, number]>
const pairs = (stream: DStream<never> | undefined): Pairs => stream as unknown as Pairs
const sorted = (elements: readonly unknown[]): string[] => elements.map((element) => JSON.stringify(element)).sort()

async function run(
  input: Batches<[string, number]>,
  operation: (stream: Pairs) => DStream<unknown>,
  restartAfter: readonly number[] = [],
): Promise<string[][]> {
  const firings = await runStream({ inputs: [input], restartAfter }, ([stream]) => operation(pairs(stream)))
  return firings.map(({ elements }) => sorted(elements))
}

const sumSpec = () =>
  StateSpec.function((key: string, value: number | undefined, state: State<number>) => {
    const sum = (state.getOption() ?? 0) + (value ?? 0)
    if (!state.isTimingOut()) state.update(sum)
    return `${key}${state.isTimingOut() ? ' ended at' : ''} ${sum}`
  })

test('of several initial entries for a key the last counts, and they are idle from the first batch on', async () => {
  const spec = sumSpec()
    .initialState([
      ['a', 1],
      ['a', 5],
      ['b', 2],
    ])
    .timeout(seconds(2))
  const got = await run([null, [['b', 1]], [], [], []], (s) => s.mapWithState(spec).checkpoint(seconds(1)))
  assert.deepEqual(got, [[], ['"b 3"'], [], ['"a ended at 5"'], ['"b ended at 3"']])
})

test('a key that is idle for exactly the timeout is still there', async () => {
  const got = await run([[['a', 1]], [], [], []], (s) =>
    s.mapWithState(sumSpec().timeout(seconds(2))).checkpoint(seconds(1)),
  )
  assert.deepEqual(got, [['"a 1"'], [], [], ['"a ended at 1"']])
})

test('without a dataset a batch is empty, and has its snapshots', async () => {
  assert.deepEqual(await run([null, [['a', 1]], null], (s) => s.mapWithState(sumSpec()).stateSnapshots()), [
    [],
    ['["a",1]'],
    ['["a",1]'],
  ])
})

test('state that is timing out can neither be updated nor removed, and says so', async () => {
  const spec = StateSpec.function((_key: string, _value: number | undefined, state: State<number>) => state.update(1))
  const batches = run([[['a', 1]], [], []], (s) => s.mapWithState(spec.timeout(seconds(1))).checkpoint(seconds(1)))
  await assert.rejects(batches, /mapWithState at .* at key a: Cannot update the state that is timing out/)
})

test('a timeout that is not positive is refused', () => {
  assert.throws(() => sumSpec().timeout(seconds(0)), { code: 'bad-state-spec' })
  assert.throws(() => sumSpec().timeout(5 as never), { code: 'bad-state-spec' })
})

const anyBatches = fc.array(
  fc.option(fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), fc.integer({ min: 1, max: 9 })), { maxLength: 3 }), {
    freq: 6,
  }),
  { minLength: 1, maxLength: 14 },
)

test('timeouts come out alike whether a process stays warm or starts anew, in the order of the keys', async () => {
  await fc.assert(
    fc.asyncProperty(anyBatches, fc.array(fc.nat(12), { maxLength: 4 }), async (input, cuts) => {
      const batches = input as Batches<[string, number]>
      const all = async (restartAfter: readonly number[]) =>
        runStream({ inputs: [batches], restartAfter }, ([s]) =>
          pairs(s)
            .mapWithState(sumSpec().timeout(seconds(1)))
            .checkpoint(seconds(2)),
        )
      assert.deepEqual(await all(cuts), await all([]))
    }),
    { numRuns: 40 },
  )
})

test('a function over iterators that changes keys has its results put where these keys belong', async () => {
  const renamed = (s: Pairs): DStream<unknown> =>
    s.updateStateByKey<number>(
      function* (updates) {
        for (const [key, values, sum = 0] of updates) yield [`${key}'`, values.reduce((a, b) => a + b, sum)]
      },
      new HashPartitioner(3),
      false,
    )
  const input: Batches<[string, number]> = [
    [
      ['a', 1],
      ['b', 2],
    ],
    [["a'", 10]],
  ]
  for (const cuts of [[], [1]]) {
    assert.deepEqual(await run(input, renamed, cuts), [
      ['["a\'",1]', '["b\'",2]'],
      ['["a\'\'",11]', '["b\'\'",2]'],
    ])
  }
})

test('of several results of a function over iterators for one key the first counts, wherever the key belongs', async () => {
  const twice = (s: Pairs): DStream<unknown> =>
    s.updateStateByKey<number>(
      function* (updates) {
        for (const [key, values, sum = 0] of updates) {
          for (const name of [key, `${key}'`]) {
            yield [name, values.reduce((a, b) => a + b, sum)]
            yield [name, -1]
          }
        }
      },
      new HashPartitioner(3),
      false,
    )
  assert.deepEqual(await run([[['a', 1]], [['a', 2]]], twice), [
    ['["a",1]', '["a\'",1]'],
    ['["a",3]', '["a\'",1]', '["a\'\'",1]'],
  ])
})

test('the empty array of keys without values is nobody else’s, whatever a function does to it', async () => {
  const keepsIt = (s: Pairs): DStream<unknown> =>
    s.updateStateByKey<number[]>((values, state) => {
      if (values.length === 0) values.push(state?.length ?? 0)
      return values
    })
  const input: Batches<[string, number]> = [
    [
      ['a', 1],
      ['b', 2],
    ],
    [],
    [],
  ]
  assert.deepEqual(await run(input, keepsIt), [
    ['["a",[1]]', '["b",[2]]'],
    ['["a",[1]]', '["b",[1]]'],
    ['["a",[1]]', '["b",[1]]'],
  ])
})

test('what is done to an object that the function put out does not change the state it is or holds', async () => {
  const visits = (stream: Pairs, wrap: boolean) =>
    stream.mapWithState(
      StateSpec.function((_key: string, _value: number | undefined, state: State<{ n: number }>) => {
        state.update({ n: (state.getOption()?.n ?? 0) + 1 })
        return wrap ? { held: state.get() } : { held: { n: 0 }, ...state.get() }
      }),
    )
  const input: Batches<[string, number]> = [
    [
      ['a', 1],
      ['a', 1],
    ],
    [['a', 1]],
  ]
  for (const restartAfter of [[], [1]]) {
    for (const wrap of [true, false]) {
      const got = await run(
        input,
        (s) => {
          const counts = visits(s, wrap)
          const changed = counts.map(({ held }) => {
            held.n += 100
            return 'changed'
          })
          return changed.union(counts.stateSnapshots().map(([key, { n }]) => `${key} ${n}`))
        },
        restartAfter,
      )
      assert.deepEqual(
        got.map((lines) => lines.at(0)),
        ['"a 2"', '"a 3"'],
      )
    }
  }
})
