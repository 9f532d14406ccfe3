import type { OtherStream, Step } from '../case.ts'
import { type Fn, requiredFunction } from '../functions.ts'
import {
  cogroup,
  cut,
  type Dataset,
  eachPartition,
  elementsOf,
  groupByKey,
  inPlace,
  type Merge,
  mapValues,
  type Pair,
  type Partition,
  reduceByKey,
  union,
} from './dataset.ts'
import { inverseWindow, mapWithState, updateState } from './state-streams.ts'
import { combined, derived, type Stream, windowed } from './stream.ts'

/** `spark.default.parallelism` of the recorded programs. */
const PARALLELISM = 2

export type Sources = Readonly<Record<string, Stream>>

export function applyPipeline(source: Stream, steps: readonly Step[], sources: Sources): Stream {
  return steps.reduce((stream, step) => {
    const apply = OPERATORS[step.op]
    if (!apply) throw new Error(`the reference does not know ${step.op}`)
    const next = apply(stream, step, sources)
    if (step.checkpointMs !== undefined) next.state.checkpoint(step.checkpointMs)
    return next
  }, source)
}

type Operator = (stream: Stream, step: Step, sources: Sources) => Stream

/** Each as Spark itself makes it of others. */
const OPERATORS: Readonly<Record<string, Operator>> = {
  map: ofElements((f) => (elements) => elements.map((element) => f(element))),
  flatMap: ofElements((f) => (elements) => elements.flatMap((element) => [...(f(element) as Partition)])),
  mapPartitions: ofElements((f) => (elements) => [...(f(elements) as Partition)]),
  filter: (s, { fn }) => derived(s, (dataset) => inPlace(dataset, (partition) => partition.filter((x) => call(fn)(x)))),
  mapValues: (s, { fn }) => derived(s, (dataset) => mapValues(dataset, call(fn))),
  flatMapValues: (s, { fn }) =>
    derived(s, (dataset) =>
      inPlace(dataset, (partition) =>
        (partition as readonly Pair[]).flatMap(([key, value]) =>
          [...(call(fn)(value) as Partition)].map((v) => [key, v]),
        ),
      ),
    ),
  glom: (s) => derived(s, (dataset) => eachPartition(dataset, (partition) => [partition])),
  persist: (s) => s,
  cache: (s) => s,
  checkpoint: (s) => s,
  reduce: (s, { fn }) =>
    values(
      reduced(
        keyedAs(s, () => null),
        merge(fn),
        1,
      ),
    ),
  count: (s) =>
    values(
      reduced(
        combined([pairs(s, null)], ([dataset]) => withZero(dataset)),
        add,
        PARALLELISM,
      ),
    ),
  countByValue: (s, step) => reduced(counted(s), add, partitionsOf(step)),
  reduceByKey: (s, step) => reduced(s, merge(step.fn), partitionsOf(step)),
  groupByKey: (s, step) => derived(s, (dataset) => groupByKey(dataset, partitionsOf(step))),
  combineByKey: (s, step) =>
    derived(s, (dataset) => mapValues(groupByKey(dataset, partitionsOf(step)), combiner(step))),
  sortByKey: (s) =>
    combined([s], ([dataset = { partitions: [] }]) => cut(elementsOf(dataset).sort(byKey), dataset.partitions.length)),
  repartition: (s, { numPartitions = 1 }) =>
    combined([s], ([dataset = { partitions: [] }]) => cut(elementsOf(dataset), numPartitions)),
  transform: (s, { fn }) =>
    combined([s], ([dataset = { partitions: [] }], timeMs) =>
      parallelized(dataset, call(fn)(elementsOf(dataset), timeMs)),
    ),
  transformWith,
  union: (s, step, sources) => others(step, sources).reduce((both, other) => combined([both, other], union), s),
  cogroup: (s, step, sources) => combined([s, other(step, sources)], (both) => cogroup(both, partitionsOf(step))),
  join: joined((left, right) => left && right),
  leftOuterJoin: joined((left) => left),
  rightOuterJoin: joined((_left, right) => right),
  fullOuterJoin: joined((left, right) => left || right),
  window: (s, { windowMs = 0, slideMs }) => windowed(s, windowMs, slideMs),
  countByWindow: (s, step) => values(inverse(pairs(s, 1), { ...step, numPartitions: 1 }, { f: add, undo: subtract })),
  countByValueAndWindow: (s, step) =>
    inverse(counted(s), { ...step, filterFn: 'kv => kv[1] !== 0' }, { f: add, undo: subtract }),
  reduceByWindow,
  reduceByKeyAndWindow,
  groupByKeyAndWindow: (s, { windowMs = 0, slideMs, ...step }) => {
    const groups = windowed(
      derived(s, (dataset) => groupByKey(dataset, partitionsOf(step))),
      windowMs,
      slideMs,
    )
    const flat = (lists: unknown): unknown => (lists as unknown[][]).flat(1)
    return derived(groups, (dataset) => mapValues(groupByKey(dataset, partitionsOf(step)), flat))
  },
  updateStateByKey,
  mapWithState: (s, { fn, initial, timeoutMs, checkpointMs, output, ...step }) => {
    const { mapped, snapshots } = mapWithState(s, { map: call(fn), initial, timeoutMs, partitions: partitionsOf(step) })
    if (checkpointMs !== undefined) mapped.state.checkpoint(checkpointMs)
    return output === 'snapshots' ? snapshots : mapped
  },
}

function ofElements(apply: (f: Fn) => (elements: Partition) => Partition): Operator {
  return (stream, { fn }) => derived(stream, (dataset) => eachPartition(dataset, apply(call(fn))))
}

const parsed = new Map<string, Fn>()

function call(text: string | undefined): Fn {
  const known = parsed.get(text ?? '') ?? requiredFunction(text, 'function')
  parsed.set(text ?? '', known)
  return known
}

const merge = (text: string | undefined): Merge => call(text)
const add: Merge = (a, b) => Number(a) + Number(b)
const subtract: Merge = (a, b) => Number(a) - Number(b)

function partitionsOf({ numPartitions = PARALLELISM }: Pick<Step, 'numPartitions'>): number {
  return numPartitions
}

function keyedAs(stream: Stream, key: (element: unknown) => unknown): Stream {
  return derived(stream, (dataset) =>
    eachPartition(dataset, (elements) => elements.map((element) => [key(element), element])),
  )
}

function pairs(stream: Stream, key: unknown): Stream {
  return derived(stream, (dataset) => eachPartition(dataset, (elements) => elements.map(() => [key, 1])))
}

function counted(stream: Stream): Stream {
  return derived(stream, (dataset) => eachPartition(dataset, (elements) => elements.map((element) => [element, 1])))
}

function withZero(dataset: Dataset | undefined): Dataset {
  return union([...(dataset ? [dataset] : []), { partitions: [[[null, 0]]] }])
}

function values(stream: Stream): Stream {
  const bare = (partition: Partition): Partition => (partition as readonly Pair[]).map(([, value]) => value)
  return derived(stream, (dataset) => eachPartition(dataset, bare))
}

function reduced(stream: Stream, f: Merge, partitions: number): Stream {
  return derived(stream, (dataset) => reduceByKey(dataset, f, partitions))
}

function combiner({ createCombiner, mergeValue, mergeCombiners }: Step): (values: unknown) => unknown {
  requiredFunction(mergeCombiners, 'mergeCombiners')
  return (values) => {
    const [first, ...rest] = values as unknown[]
    return rest.reduce((combined, value) => call(mergeValue)(combined, value), call(createCombiner)(first))
  }
}

function byKey(a: unknown, b: unknown): number {
  return compared((a as Pair)[0], (b as Pair)[0])
}

/** Arrays by their first items that differ. */
function compared(a: unknown, b: unknown): number {
  if (!Array.isArray(a) || !Array.isArray(b)) return (a as string) < (b as string) ? -1 : a === b ? 0 : 1
  return a.map((item, i) => compared(item, b[i])).find((order) => order !== 0) ?? a.length - b.length
}

function parallelized(like: Dataset, elements: unknown): Dataset {
  return cut(elements as Partition, Math.max(1, like.partitions.length))
}

function transformWith(stream: Stream, step: Step, sources: Sources): Stream {
  const both = [stream, other(step, sources)]
  if (step.fn === 'union') return combined(both, union)
  if (step.fn === 'join')
    return combined(both, (datasets) => pairings(cogroup(datasets, PARALLELISM), (left, right) => left && right))
  throw new Error(`the reference does not know ${step.fn} of two datasets`)
}

/** Whether a key stays, by whether it is on the left, and on the right. */
type Keep = (left: boolean, right: boolean) => boolean

function joined(keep: Keep): Operator {
  return (stream, step, sources) =>
    combined([stream, other(step, sources)], (both) => pairings(cogroup(both, partitionsOf(step)), keep))
}

function pairings(groups: Dataset, keep: Keep): Dataset {
  return inPlace(groups, (partition) =>
    partition.flatMap((group) => {
      const [key, [lefts = [], rights = []]] = group as [unknown, unknown[][]]
      if (!keep(lefts.length > 0, rights.length > 0)) return []
      const orNull = (side: unknown[]): unknown[] => (side.length > 0 ? side : [null])
      return orNull(lefts).flatMap((left) => orNull(rights).map((right) => [key, [left, right]]))
    }),
  )
}

interface Undoable {
  readonly f: Merge
  readonly undo: Merge
}

function inverse(stream: Stream, step: Omit<Step, 'op'>, { f, undo }: Undoable): Stream {
  const { windowMs = 0, slideMs = stream.slideMs, filterFn } = step
  const filter = filterFn === undefined ? undefined : call(filterFn)
  return inverseWindow(stream, { f, inverse: undo, windowMs, slideMs, partitions: partitionsOf(step), filter })
}

function reduceByWindow(stream: Stream, step: Step): Stream {
  const { fn, invFn, windowMs = 0, slideMs } = step
  const all = keyedAs(stream, () => 1)
  if (invFn !== undefined)
    return values(inverse(all, { ...step, numPartitions: 1 }, { f: merge(fn), undo: merge(invFn) }))
  return values(reduced(windowed(reduced(all, merge(fn), 1), windowMs, slideMs), merge(fn), 1))
}

function reduceByKeyAndWindow(stream: Stream, step: Step): Stream {
  const { fn, invFn, windowMs = 0, slideMs } = step
  if (invFn !== undefined) return inverse(stream, step, { f: merge(fn), undo: merge(invFn) })
  const f = merge(fn)
  return reduced(windowed(reduced(stream, f, partitionsOf(step)), windowMs, slideMs), f, partitionsOf(step))
}

function updateStateByKey(stream: Stream, step: Step): Stream {
  const { fn, timeFn, initial, rememberPartitioner = true } = step
  const update = timeFn === undefined ? withoutTime(call(fn)) : call(timeFn)
  return updateState(stream, { update, initial, rememberPartitioner, partitions: partitionsOf(step) })
}

function withoutTime(f: Fn) {
  return (_timeMs: number, _key: unknown, values: readonly unknown[], state: unknown): unknown => f(values, state)
}

function other(step: Step, sources: Sources): Stream {
  const [only] = others(step, sources)
  if (!only) throw new Error(`${step.op} has no other stream`)
  return only
}

function others({ other, others, otherPipeline = [] }: Step, sources: Sources): Stream[] {
  const given: readonly OtherStream[] = others ?? [other ?? { pipeline: otherPipeline }]
  return given.map(({ source = 'input2', pipeline = [] }) => {
    const stream = sources[source]
    if (!stream) throw new Error(`there is no source of this name: ${source}`)
    return applyPipeline(stream, pipeline, sources)
  })
}
