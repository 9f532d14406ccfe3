import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DStream } from '../../src/dstream/dstream.ts'
import type { StreamBuilder } from '../../src/dstream/stream-builder.ts'
import { SluiceError } from '../../src/util/errors.ts'
import { milliseconds, seconds } from '../../src/util/time.ts'
import { type Batches, runApp, runStream } from './run-batches.ts'

type Strings = DStream<string>
const sum = (a: number, b: number): number => a + b
const minus = (a: number, b: number): number => a - b

/** Time in seconds and elements of each firing. */
async function run(
  input: Batches<unknown>,
  operation: (stream: Strings) => DStream<unknown>,
  options: { readonly restartAfter?: readonly number[]; readonly partitions?: number } = {},
): Promise<unknown[]> {
  const firings = await runStream({ inputs: [input], ...options }, ([s]) => operation(s as unknown as Strings))
  return firings.map(({ timeMs, elements }) => [timeMs / 1000, elements])
}

test('window holds the elements of the batches in it, in order, restarted or not', async () => {
  const input = [['a', 'b'], null, ['c'], [], ['d']]
  for (const restartAfter of [[], [1, 2, 3, 4]]) {
    const got = await run(input, (s) => s.window(seconds(3)), { restartAfter })
    assert.deepEqual(got, [
      [1, ['a', 'b']],
      [2, ['a', 'b']],
      [3, ['a', 'b', 'c']],
      [4, ['c']],
      [5, ['c', 'd']],
    ])
  }
})

test('a window has the partitions of all its batches, or those of the keys where these are in place', async () => {
  const shapes = async (operation: (s: Strings) => DStream<unknown>) => {
    const firings = await runStream({ inputs: [[['a'], ['b'], []]] }, ([s]) => operation(s as unknown as Strings))
    return firings.map(({ partitions }) => partitions.length)
  }
  assert.deepEqual(await shapes((s) => s.window(seconds(2))), [2, 4, 4])
  const counted = (s: Strings) => s.map((x) => [x, 1]).reduceByKey(sum, 3)
  assert.deepEqual(await shapes((s) => counted(s).window(seconds(2))), [3, 3, 3])
})

test('a window slides by its own duration, and leaves out what lies between two windows', async () => {
  const input = [['1'], ['2'], ['3'], ['4'], ['5'], ['6']]
  assert.deepEqual(await run(input, (s) => s.window(seconds(2), seconds(3))), [
    [3, ['2', '3']],
    [6, ['5', '6']],
  ])
})

test('a window of 0 is accepted and always empty', async () => {
  assert.deepEqual(await run([['a'], null], (s) => s.window(seconds(0))), [
    [1, []],
    [2, []],
  ])
})

test('windows of windows repeat elements, and keep what both need', async () => {
  const got = await run([['0'], ['1'], ['2'], ['3']], (s) => s.window(seconds(2)).window(seconds(4), seconds(2)), {
    restartAfter: [1, 3],
  })
  assert.deepEqual(got, [
    [2, ['0', '0', '1']],
    [4, ['0', '0', '1', '1', '2', '2', '3']],
  ])
})

test('a window stores no more batches than the next one needs', async () => {
  const input = Array.from({ length: 30 }, () => ['x', 'y'])
  for (const [window, slide] of [
    [3, 1],
    [4, 2],
    [2, 3],
    [0, 1],
  ] as const) {
    const state = await runApp({ inputs: [input], partitions: 1 }, (ssc) => {
      ssc.queueStream<string>([]).window(seconds(window), seconds(slide)).print()
    })
    const entries = state.operators.flatMap((id) => state.entries(id))
    assert.ok(entries.length <= 2 * (window + slide), `window ${window}, slide ${slide}: ${entries.length} entries`)
  }
})

test('functions that change the elements of a window do not change what is stored', async () => {
  const firings = await runStream({ inputs: [[[{ n: 1 }], [], []]] }, ([s]) =>
    (s as unknown as DStream<{ n: number }>).window(seconds(3)).map((element) => {
      element.n++
      return element.n
    }),
  )
  assert.deepEqual(
    firings.map(({ elements }) => elements),
    [[2], [2], [2]],
  )
})

test('what an output does to the results of a window is nothing to other outputs, nor to state that is made of them', async () => {
  const merge = (a: number[], b: number[]): number[] => {
    a.push(...b)
    return a
  }
  const lists = (s: Strings) => s.map((x): [string, number[]] => ['all', [x.length]])
  const kept: unknown[] = []
  await runApp({ inputs: [[['a', 'bb'], ['ccc'], []]], partitions: 2 }, (ssc) => {
    const input = ssc.queueStream<string>([])
    for (const windowed of [
      lists(input).reduceByKeyAndWindow(merge, seconds(2)),
      lists(input)
        .reduceByKey(merge)
        .reduceByKeyAndWindow(merge, (a) => a.slice(1), seconds(9)),
    ]) {
      const spoilt = windowed.map((pair) => {
        pair[1].push(77)
        pair[0] = 'spoilt'
        return pair
      })
      spoilt.foreachRDD((rdd) => rdd.count())
      const last = windowed.updateStateByKey<number[]>((values, before) => values[0] ?? before)
      for (const stream of [windowed, last]) stream.foreachRDD(async (rdd) => kept.push(...(await rdd.collect())))
    }
  })
  const all = [[1, 2], [1, 2, 3], [3]].flatMap((window, batch) => {
    const carried = [
      [1, 2],
      [1, 2, 3],
      [1, 2, 3],
    ][batch]
    return [window, window, carried, carried].map((values) => ['all', values])
  })
  assert.deepEqual(kept, all)
})

test('countByWindow yields nothing before the first element ever, then 0', async () => {
  const got = await run([[], ['a'], [], [], []], (s) => s.countByWindow(seconds(2), seconds(1)))
  assert.deepEqual(got, [
    [1, []],
    [2, [1]],
    [3, [1]],
    [4, [0]],
    [5, [0]],
  ])
})

test('reduceByWindow: without an inverse nothing of an empty window, with one what is left', async () => {
  const input = [[], ['a'], [], []]
  const lengths = (s: Strings) => s.map((x) => x.length)
  assert.deepEqual(await run(input, (s) => lengths(s).reduceByWindow(sum, seconds(2), seconds(1))), [
    [1, []],
    [2, [1]],
    [3, [1]],
    [4, []],
  ])
  assert.deepEqual(await run(input, (s) => lengths(s).reduceByWindow(sum, minus, seconds(2), seconds(1))), [
    [1, []],
    [2, [1]],
    [3, [1]],
    [4, [0]],
  ])
})

test('countByValueAndWindow leaves out what is there no more', async () => {
  const got = await run([['a', 'b', 'a'], ['a'], []], (s) => s.countByValueAndWindow(seconds(2), seconds(1), 1))
  assert.deepEqual(got, [
    [
      1,
      [
        ['a', 2],
        ['b', 1],
      ],
    ],
    [
      2,
      [
        ['a', 3],
        ['b', 1],
      ],
    ],
    [3, [['a', 1]]],
  ])
})

test('groupByKeyAndWindow gives one group a key, in the order of time', async () => {
  const pairs = (s: Strings) => s.map((x) => [x.charAt(0), x])
  const got = await run([['a1'], ['b2', 'a3'], ['a4'], [], []], (s) => pairs(s).groupByKeyAndWindow(seconds(2)))
  assert.deepEqual(got, [
    [1, [['a', ['a1']]]],
    [
      2,
      [
        ['a', ['a1', 'a3']],
        ['b', ['b2']],
      ],
    ],
    [
      3,
      [
        ['b', ['b2']],
        ['a', ['a3', 'a4']],
      ],
    ],
    [4, [['a', ['a4']]]],
    [5, []],
  ])
})

test('with an inverse and a slide longer than the window, what lies between counts, as in Spark', async () => {
  const input = [[['a', 5]], [], []]
  const firings = await runStream({ inputs: [input] }, ([s]) =>
    (s as unknown as DStream<[string, number]>).reduceByKeyAndWindow(sum, minus, seconds(2), seconds(3)),
  )
  assert.deepEqual(firings[0]?.elements, [['a', 5]])
})

const build = (declare: (ssc: StreamBuilder, stream: Strings) => void) =>
  runApp({ inputs: [[[]]] }, (ssc) => declare(ssc, ssc.queueStream<string>([])))

const refused = (code: string, message: RegExp) => (error: unknown) => {
  assert.ok(error instanceof SluiceError)
  assert.equal(error.code, code)
  assert.match(error.message, message)
  return true
}

test('windows that are no multiples are refused where they are declared', async () => {
  const half = milliseconds(1500)
  const plain = /The window duration of windowed DStream \(1500 ms\) must be a multiple of the slide duration of parent/
  await assert.rejects(
    build((_, s) => void s.window(half)),
    refused('bad-window', plain),
  )
  await assert.rejects(
    build(
      (_, s) =>
        void s.groupByKeyAndWindow.call(
          s.map((x) => [x, 1]),
          half,
        ),
    ),
    plain,
  )
  const inverse = /The slide duration of ReducedWindowedDStream \(1500 ms\) must be a multiple/
  await assert.rejects(
    build((_, s) => void s.countByWindow(seconds(2), half)),
    refused('bad-window', inverse),
  )
  await assert.rejects(
    build((_, s) => void s.window(seconds(2), seconds(2)).window(seconds(3))),
    /\(3000 ms\)/,
  )
  // 0 is a multiple of everything.
  await assert.rejects(
    build((_, s) => void s.window(seconds(2), seconds(0))),
    refused('bad-window', /slide duration .* must be positive: 0 ms/),
  )
})

test('a key that comes again in another form is shown as it came last, restarted or not', async () => {
  const input = [[{ row: 1, boat: 2 }], [{ boat: 2, row: 1 }], []]
  for (const restartAfter of [[], [1, 2]]) {
    const got = await run(
      input,
      (s) =>
        s
          .map((key) => [key, 1])
          .reduceByKeyAndWindow(sum, seconds(3), seconds(1), 1)
          .map(([key, count]) => `${JSON.stringify(key)} ${count}`),
      { restartAfter },
    )
    assert.deepEqual(got, [
      [1, ['{"row":1,"boat":2} 1']],
      [2, ['{"boat":2,"row":1} 2']],
      [3, ['{"boat":2,"row":1} 2']],
    ])
  }
})

test('a checkpoint interval is a multiple of the slide, and a window has none of its own', async () => {
  const code = 'bad-checkpoint-interval'
  const lower =
    /has been set to 1000 ms which is lower than its slide time \(2000 ms\). Please set it to at least 2000 ms/
  const slow = (s: Strings) => s.window(seconds(2), seconds(2)).map((x) => x)
  await assert.rejects(
    build((_, s) => void slow(s).checkpoint(seconds(1))),
    refused(code, lower),
  )
  await assert.rejects(
    build((_, s) => void slow(s).checkpoint(seconds(3))),
    refused(code, /not a multiple of its slide/),
  )
  await assert.rejects(
    build((_, s) => void s.window(seconds(2)).checkpoint(seconds(2))),
    refused(code, /persisted by/),
  )
  await build((_, s) => slow(s).checkpoint(seconds(4)).print())
})

test('streams of different contexts cannot be combined', async () => {
  let other: Strings | undefined
  await build((_, s) => {
    other = s
    s.print()
  })
  const union = build((_, s) => void s.union(other as Strings))
  await assert.rejects(union, refused('different-contexts', /Some of the DStreams have different contexts/))
})
