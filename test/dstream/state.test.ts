import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { DStream } from '../../src/dstream/dstream.ts'
import { SluiceError } from '../../src/util/errors.ts'
import { seconds } from '../../src/util/time.ts'
import { type Batches, runApp, runStream } from './run-batches.ts'

type Pairs = DStream<[string, number]>
const pairs = (stream: DStream<never> | undefined): Pairs => stream as unknown as Pairs
const sum = (a: number, b: number): number => a + b
const minus = (a: number, b: number): number => a - b
const total = (values: number[], state: number | undefined): number => values.reduce(sum, state ?? 0)
const sorted = (elements: readonly unknown[]): string[] => elements.map((element) => JSON.stringify(element)).sort()
const ones = (...keys: string[]): [string, number][] => keys.map((key) => [key, 1])

async function run(
  input: Batches<[string, number]>,
  operation: (stream: Pairs) => DStream<unknown>,
  options: { readonly restartAfter?: readonly number[]; readonly partitions?: number; readonly batches?: number } = {},
): Promise<(readonly [number, string[]])[]> {
  const firings = await runStream({ inputs: [input], ...options }, ([stream]) => operation(pairs(stream)))
  return firings.map(({ timeMs, elements }) => [timeMs / 1000, sorted(elements)])
}

test('updateStateByKey puts out every key in every batch, with or without values or dataset', async () => {
  const got = await run([ones('a'), [], null, ones('a', 'b')], (s) => s.updateStateByKey(total))
  assert.deepEqual(got, [
    [1, ['["a",1]']],
    [2, ['["a",1]']],
    [3, ['["a",1]']],
    [4, ['["a",2]', '["b",1]']],
  ])
})

test('a state that is undefined removes the key, which may begin anew', async () => {
  const lastOnly = (values: number[], state: number | undefined) => (values.length === 0 ? undefined : (state ?? 0) + 1)
  const got = await run([ones('a', 'b'), ones('a'), ones('b'), []], (s) => s.updateStateByKey(lastOnly))
  assert.deepEqual(
    got.map(([, batch]) => batch),
    [['["a",1]', '["b",1]'], ['["a",2]'], ['["b",1]'], []],
  )
})

test('before the first dataset there is no state; afterwards there always is a dataset, even an empty one', async () => {
  const gone = (): number | undefined => undefined
  assert.deepEqual(await run([null, null, ones('a'), null, []], (s) => s.updateStateByKey(gone)), [
    [3, []],
    [4, []],
    [5, []],
  ])
  const restarted = await run([ones('a'), null], (s) => s.updateStateByKey(gone), { restartAfter: [1] })
  assert.deepEqual(restarted, [
    [1, []],
    [2, []],
  ])
})

test('initial state is there with the first dataset, passes through the function, and of duplicates the first counts', async () => {
  const initialState: [string, number][] = [
    ['a', 1],
    ['c', 2],
    ['c', 9],
  ]
  const got = await run([null, ones('a'), ones('b')], (s) => s.updateStateByKey(total, { initialState }))
  assert.deepEqual(got, [
    [2, ['["a",2]', '["c",2]']],
    [3, ['["a",2]', '["b",1]', '["c",2]']],
  ])
})

test('an object that is mutated in place and returned is kept', async () => {
  const lifecycle = (values: number[], state: { n: number } | undefined) => {
    const s = state ?? { n: 0 }
    s.n += values.length
    return s
  }
  const got = await run([ones('a'), ones('a', 'a'), []], (s) => s.updateStateByKey(lifecycle), { restartAfter: [1, 2] })
  assert.deepEqual(
    got.map(([, batch]) => batch),
    [['["a",{"n":1}]'], ['["a",{"n":3}]'], ['["a",{"n":3}]']],
  )
})

test('several outputs of one state move it on once', async () => {
  let calls = 0
  const seen: unknown[] = []
  await runApp({ inputs: [[ones('a'), ones('a')]] }, (ssc) => {
    const state = ssc.queueStream<[string, number]>([]).updateStateByKey<number>((values, n = 0) => {
      calls++
      return n + values.length
    })
    for (const _ of [1, 2, 3]) state.foreachRDD(async (rdd) => void seen.push(...(await rdd.collect())))
  })
  assert.equal(calls, 2)
  assert.deepEqual(seen, [
    ['a', 1],
    ['a', 1],
    ['a', 1],
    ['a', 2],
    ['a', 2],
    ['a', 2],
  ])
})

test('keys are updated in first-seen order, restarts or not', async () => {
  const input = [ones('z', 'a'), ones('m'), ones('a', 'b')]
  for (const restartAfter of [[], [1], [1, 2]]) {
    const firings = await runStream({ inputs: [input], partitions: 1, restartAfter }, ([s]) =>
      pairs(s)
        .updateStateByKey(total)
        .map(([key]) => key),
    )
    assert.deepEqual(
      firings.map(({ elements }) => elements.join('')),
      ['za', 'zam', 'zamb'],
    )
  }
})

test('state moves on in batches in which no output fires', async () => {
  const firings = await runStream({ inputs: [[ones('a'), ones('a'), ones('a'), ones('a')]] }, ([s]) =>
    pairs(s)
      .updateStateByKey(total)
      .reduceByKeyAndWindow((_, last) => last, seconds(2), seconds(2)),
  )
  assert.deepEqual(
    firings.map(({ timeMs, elements }) => [timeMs, elements]),
    [
      [2000, [['a', 2]]],
      [4000, [['a', 4]]],
    ],
  )
})

const BIG = [
  ones('a'),
  ones('a', 'b'),
  ones('a', 'b', 'c'),
  ones('a', 'b'),
  ones('a'),
  [],
  ones('a'),
  ones('a', 'b'),
  ones('a', 'b', 'c'),
]

test('reduceByKeyAndWindow: a key goes when it leaves the window', async () => {
  const got = await run([...BIG, [], []], (s) => s.reduceByKeyAndWindow(sum, seconds(2)))
  assert.deepEqual(
    got.map(([, batch]) => batch.join()),
    [
      '["a",1]',
      '["a",2],["b",1]',
      '["a",2],["b",2],["c",1]',
      '["a",2],["b",2],["c",1]',
      '["a",2],["b",1]',
      '["a",1]',
      '["a",1]',
      '["a",2],["b",1]',
      '["a",2],["b",2],["c",1]',
      '["a",1],["b",1],["c",1]',
      '',
    ],
  )
})

test('with an inverse a key stays, and with a filter it goes when the filter says so', async () => {
  const input = [ones('a'), ones('a'), [], [], []]
  const kept = await run(input, (s) => s.reduceByKeyAndWindow(sum, minus, seconds(2)))
  assert.deepEqual(
    kept.map(([, batch]) => batch.join()),
    ['["a",1]', '["a",2]', '["a",1]', '["a",0]', '["a",0]'],
  )
  const filtered = await run(input, (s) =>
    s.reduceByKeyAndWindow(sum, minus, seconds(2), seconds(1), 2, ([, n]) => n !== 0),
  )
  assert.deepEqual(
    filtered.map(([, batch]) => batch.join()),
    ['["a",1]', '["a",2]', '["a",1]', '', ''],
  )
})

test('a key that the filter dropped while its values were in the window fails when they leave it', async () => {
  const dropped = run([ones('a'), ones('a'), [], []], (s) =>
    s.reduceByKeyAndWindow(sum, minus, seconds(2), seconds(1), 2, () => false),
  )
  await assert.rejects(dropped, /Neither previous window has value for key, nor new values found/)
})

test('a window slides by its own duration, and yields a dataset at every firing', async () => {
  const input = Array.from({ length: 7 }, (_, i) => ones(String(i)))
  const fired = await run(input, (s) => s.reduceByKeyAndWindow(sum, seconds(2), seconds(3)))
  assert.deepEqual(fired, [
    [3, ['["1",1]', '["2",1]']],
    [6, ['["4",1]', '["5",1]']],
  ])
  assert.deepEqual(await run([null, null], (s) => s.reduceByKeyAndWindow(sum, seconds(2))), [
    [1, []],
    [2, []],
  ])
})

test('a window of 0 is accepted and always empty', async () => {
  assert.deepEqual(await run([ones('a')], (s) => s.reduceByKeyAndWindow(sum, seconds(0))), [[1, []]])
})

test('expired panes are deleted, however the window slides', async () => {
  const input = Array.from({ length: 40 }, () => ones('a'))
  for (const [window, slide] of [
    [3, 1],
    [4, 2],
    [2, 3],
    [6, 3],
  ] as const) {
    for (const inverse of [false, true]) {
      const state = await runApp({ inputs: [input], partitions: 1 }, (ssc) => {
        const stream = ssc.queueStream<[string, number]>([])
        const windowed = inverse
          ? stream.reduceByKeyAndWindow(sum, minus, seconds(window), seconds(slide))
          : stream.reduceByKeyAndWindow(sum, seconds(window), seconds(slide))
        windowed.print()
      })
      const panes = state.operators.filter((id) => id.endsWith('.panes')).flatMap((id) => state.entries(id))
      assert.ok(panes.length <= window + slide, `window ${window}, slide ${slide}: ${panes.length} panes`)
    }
  }
})

const anyBatches = fc.array(
  fc.option(fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.integer({ min: 1, max: 9 })), { maxLength: 5 }), {
    freq: 6,
  }),
  { minLength: 1, maxLength: 14 },
)

test('a window is the reduction of the batches in it, with and without an inverse, restarted or not', async () => {
  const windows = fc.record({ slide: fc.integer({ min: 1, max: 3 }), more: fc.integer({ min: 0, max: 3 }) })
  await fc.assert(
    fc.asyncProperty(
      anyBatches,
      windows,
      fc.array(fc.nat(12), { maxLength: 3 }),
      async (input, { slide, more }, cuts) => {
        const window = slide + more
        const batches = input as Batches<[string, number]>
        const expected = Array.from({ length: Math.floor(input.length / slide) }, (_, i) => {
          const until = (i + 1) * slide
          const sums = new Map<string, number>()
          for (const [k, v] of batches.slice(Math.max(0, until - window), until).flatMap((b) => b ?? [])) {
            sums.set(k, (sums.get(k) ?? 0) + v)
          }
          return [until, sorted([...sums])]
        })
        const args = [seconds(window), seconds(slide)] as const
        const naive = await run(batches, (s) => s.reduceByKeyAndWindow(sum, ...args), {
          restartAfter: cuts,
          partitions: 3,
        })
        assert.deepEqual(naive, expected)
        const inverse = await run(batches, (s) => s.reduceByKeyAndWindow(sum, minus, ...args, 2, ([, n]) => n !== 0), {
          restartAfter: cuts,
        })
        assert.deepEqual(inverse, expected)
      },
    ),
  )
})

test('running state is what all batches so far add up to, restarted or not', async () => {
  await fc.assert(
    fc.asyncProperty(anyBatches, fc.array(fc.nat(12), { maxLength: 3 }), async (input, cuts) => {
      const batches = input as Batches<[string, number]>
      const first = batches.findIndex((batch) => batch !== null)
      const expected = batches.flatMap((_, i) => {
        if (first < 0 || i < first) return []
        const sums = new Map<string, number>()
        for (const [k, v] of batches.slice(0, i + 1).flatMap((b) => b ?? [])) sums.set(k, (sums.get(k) ?? 0) + v)
        return [[i + 1, sorted([...sums])]]
      })
      assert.deepEqual(await run(batches, (s) => s.updateStateByKey(total), { restartAfter: cuts }), expected)
    }),
  )
})

test('asynchronous functions of state and windows are refused, not stored as something else', async () => {
  const later = async (): Promise<never> => Promise.reject(new Error('nobody hears of this'))
  const streams: readonly ((s: DStream<[string, number]>) => DStream<unknown>)[] = [
    (s) => s.updateStateByKey(later),
    (s) => s.reduceByKeyAndWindow(later as never, seconds(2)),
    (s) => s.reduceByKeyAndWindow((a, b) => a + b, later as never, seconds(1)),
  ]
  for (const stream of streams) {
    await assert.rejects(run([ones('a'), ones('a')], stream), (error) => {
      assert.ok(error instanceof SluiceError)
      assert.equal(error.code, 'async-function')
      return true
    })
  }
})

test('a window given as a number is refused with what to write instead', async () => {
  const stream = (s: DStream<[string, number]>) => s.reduceByKeyAndWindow((a, b) => a + b, 10 as never)
  await assert.rejects(
    run([[]], stream),
    /window duration of windowed DStream must be a Duration, as in seconds\(10\): 10$/,
  )
})
