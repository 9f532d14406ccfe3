/** Checked by the compiler alone: what must have which type, and what must be refused. */
import {
  type DStream,
  defineApp,
  type MapWithStateDStream,
  type RDD,
  type State,
  StateSpec,
  seconds,
  type Time,
} from '../../src/index.ts'

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
/** Fails to compile unless both types are the same. */
function same<A, B>(_same: Same<A, B>): void {}

declare const words: DStream<string>
declare const numbers: DStream<number>
declare const rdd: RDD<string>

const ones = words.map((word) => [word, 1])
same<typeof ones, DStream<[string, number]>>(true)

const counts = ones.reduceByKey((a, b) => a + b)
same<typeof counts, DStream<[string, number]>>(true)

const lengths = words.map((word) => word.length)
same<typeof lengths, DStream<number>>(true)

const literals = words.map(() => 1)
same<typeof literals, DStream<number>>(true)

const texts = words.map(() => 'x')
same<typeof texts, DStream<string>>(true)

const records = words.map((word) => ({ word, n: 1 }))
same<typeof records, DStream<{ word: string; n: number }>>(true)

const maybe = words.map((word) => (word === '' ? undefined : word))
same<typeof maybe, DStream<string | undefined>>(true)

const flat = words.flatMap((word) => word.split(' '))
same<typeof flat, DStream<string>>(true)

const flatPairs = words.flatMap((word) => [[word, 1]])
same<typeof flatPairs, DStream<[string, number]>>(true)

const present = maybe.filter((word) => word !== undefined)
same<typeof present, DStream<string>>(true)

const values = counts.mapValues((count) => count > 1)
same<typeof values, DStream<[string, boolean]>>(true)

const pairedValues = counts.mapValues((count) => [count, 'x'])
same<typeof pairedValues, DStream<[string, [number, string]]>>(true)

const joined = counts.join(words.map((word) => [word, true]))
same<typeof joined, DStream<[string, [number, boolean]]>>(true)

const cogrouped = counts.cogroup(words.map((word) => [word, 'w']))
same<typeof cogrouped, DStream<[string, [number[], string[]]]>>(true)

const grouped = ones.groupByKey()
same<typeof grouped, DStream<[string, number[]]>>(true)

const windowed = ones.reduceByKeyAndWindow((a, b) => a + b, seconds(10), seconds(2))
same<typeof windowed, DStream<[string, number]>>(true)

const inverse = ones.reduceByKeyAndWindow(
  (a, b) => a + b,
  (a, b) => a - b,
  seconds(10),
  seconds(2),
  4,
  ([word, count]) => word.length > 0 && count > 0,
)
same<typeof inverse, DStream<[string, number]>>(true)

const inferredState = ones.updateStateByKey((added, total: number | undefined) => added.length + (total ?? 0))
same<typeof inferredState, DStream<[string, number]>>(true)

const givenState = ones.updateStateByKey<{ readonly total: number }>((added, state) => ({
  total: (state?.total ?? 0) + added.length,
}))
same<typeof givenState, DStream<[string, { readonly total: number }]>>(true)

const tagged = words.map((word) => [word, true])

const left = counts.leftOuterJoin(tagged)
same<typeof left, DStream<[string, [number, boolean | undefined]]>>(true)

const right = counts.rightOuterJoin(tagged)
same<typeof right, DStream<[string, [number | undefined, boolean]]>>(true)

const full = counts.fullOuterJoin(tagged, 4)
same<typeof full, DStream<[string, [number | undefined, boolean | undefined]]>>(true)

// MapWithStateSuite: mapWithState - type inferencing and class tags
const pairsOfState = numbers.map((n) => [String(n), n])
const simpleSpec = StateSpec.function((_key: string, _value: number | undefined, _state: State<boolean>) => 1n)
const timedSpec = StateSpec.function(
  (_time: Time, _key: string, _value: number | undefined, _state: State<boolean>): bigint | undefined => 1n,
)
same<typeof simpleSpec, StateSpec<string, number, boolean, bigint>>(true)
// A migration says what it takes stored state for, and makes the state of today.
const migrated = simpleSpec.version(2, (stored: string, _fromVersion: number) => stored === 'yes')
same<typeof migrated, StateSpec<string, number, boolean, bigint>>(true)
simpleSpec.version(2, (stored) => stored !== undefined)
pairsOfState.updateStateByKey((ns: number[], sum = 0) => sum + ns.length, {
  stateVersion: 2,
  migrate: (stored: string) => Number(stored),
})
same<typeof timedSpec, StateSpec<string, number, boolean, bigint>>(true)

const simplyMapped = pairsOfState.mapWithState(simpleSpec)
const timedMapped = pairsOfState.mapWithState(timedSpec)
same<typeof simplyMapped, MapWithStateDStream<string, boolean, bigint>>(true)
same<typeof timedMapped, MapWithStateDStream<string, boolean, bigint>>(true)
const mappedByState: DStream<bigint> = simplyMapped
const snapshots = timedMapped.stateSnapshots()
same<typeof snapshots, DStream<[string, boolean]>>(true)
void mappedByState

const parts = words.glom()
same<typeof parts, DStream<string[]>>(true)

const perPartition = words.mapPartitions((part) => [[part.length, 'x']])
same<typeof perPartition, DStream<[number, string]>>(true)

const valueCounts = words.countByValue()
same<typeof valueCounts, DStream<[string, number]>>(true)

const longest = words.reduce((a, b) => (a.length > b.length ? a : b))
same<typeof longest, DStream<string>>(true)

const both = words.transformWith(numbers, (texts, ns) => texts.map((text) => text.length).union(ns))
same<typeof both, DStream<number>>(true)

const lists = ones.combineByKey(
  (n) => [n],
  (list, n) => [...list, n],
  (a, b) => [...a, ...b],
  2,
)
same<typeof lists, DStream<[string, number[]]>>(true)

const sumAndCount = ones.combineByKey(
  (n): [number, number] => [n, 1],
  (sum, n) => [sum[0] + n, sum[1] + 1],
  (a, b) => [a[0] + b[0], a[1] + b[1]],
)
same<typeof sumAndCount, DStream<[string, [number, number]]>>(true)

const average = ones.mapValues((n) => [n, 1]).reduceByKey((a, b) => [a[0] + b[0], a[1] + b[1]])
same<typeof average, DStream<[string, [number, number]]>>(true)

const averageOfWindow = average.reduceByKeyAndWindow((a, b) => [a[0] + b[0], a[1] + b[1]], seconds(10))
same<typeof averageOfWindow, DStream<[string, [number, number]]>>(true)

const averageState = ones.updateStateByKey((added, state: [number, number] = [0, 0]) => [state[0] + added.length, 1])
same<typeof averageState, DStream<[string, [number, number]]>>(true)

const listState = ones.updateStateByKey((added, state: number[] = []) => [...state, ...added])
same<typeof listState, DStream<[string, number[]]>>(true)

const compositeKeys = words.map((word) => [[word, word.length], 1]).reduceByKey((a, b) => a + b)
same<typeof compositeKeys, DStream<[[string, number], number]>>(true)

const listsOfWords = words.map((word) => [word, [word]]).reduceByKey((a, b) => [...a, ...b])
same<typeof listsOfWords, DStream<[string, string[]]>>(true)

const recent = words.window(seconds(10), seconds(2))
same<typeof recent, DStream<string>>(true)

const groups = ones.groupByKeyAndWindow(seconds(10))
same<typeof groups, DStream<[string, number[]]>>(true)

const latest = numbers.reduceByWindow(Math.max, seconds(10), seconds(2))
same<typeof latest, DStream<number>>(true)

const windowCounts = words.countByValueAndWindow(seconds(10), seconds(2), 3)
same<typeof windowCounts, DStream<[string, number]>>(true)

const kept = words.persist().cache().checkpoint(seconds(10))
same<typeof kept, DStream<string>>(true)

const transformed = counts.transform((dataset) => dataset.sortByKey().keys())
same<typeof transformed, DStream<string>>(true)

const reduced = rdd.map((word) => [word, 1]).reduceByKey((a, b) => a + b)
same<typeof reduced, RDD<[string, number]>>(true)

const sums = reduced.aggregateByKey(
  [0, 0],
  (sum, n) => [sum[0] + n, sum[1] + 1],
  (a, b) => [a[0] + b[0], a[1] + b[1]],
)
same<typeof sums, RDD<[string, [number, number]]>>(true)

const sum = rdd.aggregate(
  [0, ''],
  ([n, longest], word) => [n + 1, word.length > longest.length ? word : longest],
  (a, b) => [a[0] + b[0], b[1]],
)
same<typeof sum, Promise<[number, string]>>(true)

const total = rdd.treeAggregate(
  0,
  (n, word) => n + word.length,
  (a, b) => a + b,
)
same<typeof total, Promise<number>>(true)

const all = rdd.aggregate(
  [],
  (list: string[], word) => [...list, word],
  (a, b) => [...a, ...b],
)
same<typeof all, Promise<string[]>>(true)

const folded = reduced.mapValues((n) => [n, n]).foldByKey([0, 0], (a, b) => [a[0] + b[0], a[1] + b[1]])
same<typeof folded, RDD<[string, [number, number]]>>(true)

const combined = reduced.combineByKey({
  createCombiner: (n: number): [number, string] => [n, ''],
  mergeValue: ([sum, text], n) => [sum + n, text],
  mergeCombiners: ([a, text], [b]) => [a + b, text],
})
same<typeof combined, RDD<[string, [number, string]]>>(true)

function combinedBy<C>(create: (n: number) => C, add: (to: C, n: number) => C, merge: (a: C, b: C) => C) {
  return reduced.combineByKey(create, add, merge)
}
same<ReturnType<typeof combinedBy<Date>>, RDD<[string, Date]>>(true)

const keyed = rdd.keyBy((word) => [word, word.length])
same<typeof keyed, RDD<[[string, number], string]>>(true)

const byLength = rdd.groupBy((word) => word.length)
same<typeof byLength, RDD<[number, string[]]>>(true)

const joinedRdd = reduced.join(rdd.map((word) => [word, word.length > 1]))
same<typeof joinedRdd, RDD<[string, [number, boolean]]>>(true)

// @ts-expect-error numbers are no pairs
numbers.reduceByKey((a: number, b: number) => a + b)
// @ts-expect-error strings are no pairs
words.mapValues((value) => value)
// @ts-expect-error strings are no pairs
words.groupByKey()
// @ts-expect-error numbers are no pairs
numbers.updateStateByKey((_values, state: number | undefined) => state)
// @ts-expect-error strings are no pairs
words.reduceByKeyAndWindow((a: number, b: number) => a + b, seconds(1))
// @ts-expect-error the keys are strings here and numbers there
counts.join(numbers.map((n) => [n, n]))
// @ts-expect-error the result must have the type of the values
ones.reduceByKey((a, b) => `${a}${b}`)
// @ts-expect-error flatMap's function returns items
words.flatMap((word) => word.length)
// @ts-expect-error strings are no pairs
rdd.reduceByKey((a: string) => a)
// @ts-expect-error numbers are no pairs
numbers.groupByKeyAndWindow(seconds(1))
// @ts-expect-error strings are no pairs
words.leftOuterJoin(ones)
// @ts-expect-error the other side's keys are numbers
counts.fullOuterJoin(numbers.map((n) => [n, n]))
// @ts-expect-error both sides of a union have the same elements
words.union(numbers)
// @ts-expect-error the function of reduce gives an element
words.reduce((a, b) => a.length + b.length)
// @ts-expect-error mapPartitions' function returns items
words.mapPartitions((part) => part.length)
// @ts-expect-error an outer side may be undefined
left.mapValues(([, tag]) => tag.valueOf())
// @ts-expect-error the function is of texts, the values are numbers
pairsOfState.mapWithState(StateSpec.function((_key: string, _value: string | undefined, _state: State<boolean>) => 1))
// @ts-expect-error strings are no pairs
words.mapWithState(simpleSpec)
// @ts-expect-error a migration makes the state, a boolean
simpleSpec.version(2, (stored: string) => stored)
// @ts-expect-error a window is a Duration, not a number
words.window(10)
// @ts-expect-error a window is a Duration, not a number
ones.reduceByKeyAndWindow((a, b) => a + b, 10)

defineApp({ name: 'decode', batchInterval: seconds(1) }, (ssc) => {
  same<ReturnType<typeof ssc.textFileStream>, DStream<string>>(true)
  const bytes = ssc.kinesisStream({ streamName: 's' })
  same<typeof bytes, DStream<Uint8Array>>(true)
  const decoded = ssc.kinesisStream({ streamName: 's', decode: ({ data }) => data.length })
  same<typeof decoded, DStream<number>>(true)
  const queue = ssc.queueStream([[1], [2, 3]])
  same<typeof queue, DStream<number>>(true)
  const queueOfPairs = ssc.queueStream([[['a', 1]], [['b', 2]], []])
  same<typeof queueOfPairs, DStream<[string, number]>>(true)
  const constant = ssc.constantStream([['a', 1]])
  same<typeof constant, DStream<[string, number]>>(true)
})
