import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type DStream, HashPartitioner, type RDD, type State, type StateCodec, StateSpec, StorageLevel } from 'sluice'
import { seconds } from '../../src/util/time.ts'
import { runApp } from './run-batches.ts'

/*
 * Every program comes twice: with functions that change what they are given, as Spark allows, and with ones that do not. Of the first,
 * every reader of the stream spoils what it gets.
 */

interface Words {
  count: number
  readonly words: string[]
}

type Program = (words: DStream<string>) => DStream<unknown>

const INPUT = [['a', 'bb', 'a'], ['ccc', 'a'], [], ['bb']]

const keyed = (words: DStream<string>): DStream<[string, Words]> =>
  words.map((word): [string, Words] => [word, { count: 1, words: [word] }])
const added = (a: Words, b: Words): Words => ({ count: a.count + b.count, words: [...a.words, ...b.words] })

function addInto(a: Words, b: Words): Words {
  a.count += b.count
  a.words.push(...b.words)
  return a
}

const without = (a: Words, b: Words): Words => ({ count: a.count - b.count, words: a.words.slice(b.words.length) })

function takeFrom(a: Words, b: Words): Words {
  a.count -= b.count
  a.words.splice(0, b.words.length)
  return a
}

const none = (): Words => ({ count: 0, words: [] })
const counting = (codec?: StateCodec<number>) => {
  const spec = StateSpec.function((word: string, _: Words | undefined, state: State<number>): [string, number] => {
    state.update((state.getOption() ?? 0) + 1)
    return [word, state.get()]
  })
  return codec === undefined ? spec : spec.codec(codec)
}

const buffer = new Float64Array(1)
/** All that it encodes is in one array. */
const inOneBuffer: StateCodec<number, Float64Array> = {
  encode(count) {
    buffer[0] = count
    return buffer
  },
  decode: (stored) => stored[0] ?? 0,
}
const asItIs: StateCodec<Words> = { encode: (words) => words, decode: (words) => words as Words }

/** What a record finds, and what it leaves without saying so. */
const peeking = (peek: (words: Words) => unknown) =>
  StateSpec.function((word: string, _: Words | undefined, state: State<Words>): [string, number] => {
    const found = state.getOption() ?? none()
    const { count } = found
    if (!state.exists()) state.update({ count: 1, words: [] })
    peek(found)
    return [word, count]
  }).codec(asItIs)

const one = { count: 0, words: [] }
const oneForAll = (before: Words | undefined, values: readonly Words[]): Words => {
  one.count = (before?.count ?? 0) + values.length
  return one
}
const oneEach = (before: Words | undefined, values: readonly Words[]): Words => ({ ...oneForAll(before, values) })
const byIterator = (next: typeof oneEach) =>
  function* (updates: Iterable<[string, Words[], Words | undefined]>): Generator<[string, Words]> {
    for (const [word, values, before] of updates) yield [word, next(before, values)]
  }

const PROGRAMS: Readonly<Record<string, { readonly changing: Program; readonly pure: Program }>> = {
  'mapWithState that puts out its state': {
    changing: (words) =>
      plain(
        keyed(words).mapWithState(
          StateSpec.function((word: string, value: Words | undefined, state: State<Words>): [string, Words] => {
            state.update(addInto(state.getOption() ?? none(), value ?? none()))
            return [word, state.get()]
          }),
        ),
      ),
    // Of several records of a key in a batch, each shows what the state has come to.
    pure: (words) =>
      keyed(words)
        .groupByKey(new HashPartitioner(2))
        .mapWithState(
          StateSpec.function((word: string, values: Words[] | undefined, state: State<Words>): [string, Words][] => {
            state.update([...(values ?? [])].reduce(added, state.getOption() ?? none()))
            return (values ?? []).map(() => [word, state.get()])
          }),
        )
        .flatMap((results) => structuredClone(results)),
  },
  updateStateByKey: {
    changing: (words) =>
      keyed(words).updateStateByKey<Words>((values, before) => values.splice(0).reduce(addInto, before ?? none())),
    pure: (words) => keyed(words).updateStateByKey<Words>((values, before) => values.reduce(added, before ?? none())),
  },
  'updateStateByKey that keeps its values': {
    changing: (words) =>
      keyed(words).updateStateByKey<Words[]>((values, before = []) => {
        values.unshift(...before)
        return values
      }),
    pure: (words) => keyed(words).updateStateByKey<Words[]>((values, before = []) => [...before, ...values]),
  },
  'updateStateByKey that returns one object for all keys': {
    changing: (words) => keyed(words).updateStateByKey<Words>((values, before) => oneForAll(before, values)),
    pure: (words) => keyed(words).updateStateByKey<Words>((values, before) => oneEach(before, values)),
  },
  'updateStateByKey of an iterator that gives one object for all keys': {
    changing: (words) => keyed(words).updateStateByKey<Words>(byIterator(oneForAll), new HashPartitioner(2), true),
    pure: (words) => keyed(words).updateStateByKey<Words>(byIterator(oneEach), new HashPartitioner(2), true),
  },
  'updateStateByKey with a codec that has one buffer': {
    changing: (words) =>
      keyed(words).updateStateByKey<number>((values, n = 0) => n + values.length, { codec: inOneBuffer }),
    pure: (words) => keyed(words).updateStateByKey<number>((values, n = 0) => n + values.length),
  },
  'mapWithState with a codec that has one buffer': {
    changing: (words) => plain(keyed(words).mapWithState(counting(inOneBuffer))),
    pure: (words) => plain(keyed(words).mapWithState(counting())),
  },
  'mapWithState whose codec makes no copies, of state that is not updated': {
    changing: (words) => plain(keyed(words).mapWithState(peeking((found) => addInto(found, found)))),
    pure: (words) => plain(keyed(words).mapWithState(peeking(() => none()))),
  },
  'reduceByKeyAndWindow with an inverse': {
    changing: (words) => keyed(words).reduceByKeyAndWindow(addInto, takeFrom, seconds(2)),
    pure: (words) => keyed(words).reduceByKeyAndWindow(added, without, seconds(2)),
  },
  reduceByKeyAndWindow: {
    changing: (words) => keyed(words).reduceByKeyAndWindow(addInto, seconds(3)),
    pure: (words) => keyed(words).reduceByKeyAndWindow(added, seconds(3)),
  },
  reduceByWindow: {
    changing: (words) =>
      keyed(words)
        .map(([, one]) => one)
        .reduceByWindow(addInto, seconds(2), seconds(1)),
    pure: (words) =>
      keyed(words)
        .map(([, one]) => one)
        .reduceByWindow(added, seconds(2), seconds(1)),
  },
  combineByKey: {
    changing: (words) => keyed(words).combineByKey((words) => words, addInto, addInto),
    pure: (words) => keyed(words).combineByKey((words) => words, added, added),
  },
  'cogroup of a stream with itself': {
    changing: (words) => {
      const groups = keyed(words).groupByKey()
      return groups.cogroup(groups.mapValues((group) => group.reverse()))
    },
    pure: (words) => {
      const groups = keyed(words).groupByKey()
      return groups.cogroup(groups.mapValues((group) => group.toReversed()))
    },
  },
  'every pair of two elements': {
    changing: (words) =>
      pairsOf(words, ([left, right]) => {
        right.words.push(left.words.join())
        return [left.words.length, right.words.length]
      }),
    pure: (words) => pairsOf(words, ([left, right]) => [left.words.length, right.words.length + 1]),
  },
}

function pairsOf(words: DStream<string>, f: (pair: [Words, Words]) => number[]): DStream<number[]> {
  const objects = (rdd: RDD<string>) => rdd.map((word): Words => ({ count: 1, words: [word] }))
  return words.transform((rdd) => objects(rdd).cartesian(objects(rdd).repartition(1)).map(f))
}

const plain = <E>(stream: DStream<E>): DStream<E> => stream

/** Changes every object in a value. */
function spoil(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  for (const member of Object.values(value)) spoil(member)
  if (Array.isArray(value)) value.push('spoilt')
  else Object.assign(value, { count: -1 })
  return value
}

interface Running {
  readonly spoils?: boolean
  readonly restartAfter?: readonly number[]
  readonly level?: StorageLevel
}

/** What all readers of a stream get: outputs one after the other, and windows. */
async function seen(program: Program, { spoils = false, restartAfter = [], level }: Running): Promise<unknown[]> {
  const seen: unknown[] = []
  await runApp({ inputs: [INPUT], restartAfter }, (ssc) => {
    const stream = program(ssc.queueStream<string>([]))
    if (level) stream.persist(level)
    const windowed = stream.window(seconds(2))
    for (const read of [stream, stream, windowed, windowed, stream]) {
      read.foreachRDD(async (rdd, time) => {
        for (const elements of [await rdd.collect(), await rdd.take(2)]) {
          seen.push([time.milliseconds, structuredClone(elements)])
          if (spoils) spoil(elements)
        }
      })
      // Of what is persisted as it is, transformations get the very objects, as in Spark.
      if (spoils && !level) read.map((element) => spoil(element) as number).foreachRDD((rdd) => rdd.count())
    }
  })
  return seen
}

for (const [name, { changing, pure }] of Object.entries(PROGRAMS)) {
  test(`functions and readers that change what they are given change nothing else: ${name}`, async () => {
    const expected = await seen(pure, {})
    for (const restartAfter of [[], [1, 2, 3]])
      assert.deepEqual(await seen(changing, { spoils: true, restartAfter }), expected, `restarted: ${restartAfter}`)
  })
}

test('what is done to what an action gives is nothing to what is persisted, at any level', async () => {
  const expected = await seen(keyed, {})
  for (const level of [StorageLevel.MEMORY_ONLY, StorageLevel.MEMORY_ONLY_SER, StorageLevel.MEMORY_AND_DISK])
    assert.deepEqual(await seen(keyed, { spoils: true, level }), expected, String(level))
})
