import * as sluice from 'sluice'
import { type Duration, HashPartitioner, milliseconds, type RDD, SparkContext, type Time } from 'sluice'
import type { OtherStream, Step } from './case.ts'
import {
  type Fn,
  functionOf,
  requiredFunction,
  type StateHandle,
  toNull,
  toUndefined,
  translatedSides,
  translatedState,
} from './functions.ts'

/** A stream as cases see it: methods by name. The types of a case are known only when it runs. */
export interface AnyStream {
  readonly [method: string]: unknown
}

/** An operation that this runner does not know, or that the API does not have. */
export class UnknownOperation extends Error {
  override readonly name = 'UnknownOperation'
}

/** The source streams of a case. */
export type Sources = Readonly<Record<string, AnyStream>>

/** Applies the steps to a source, one after the other. */
export function applyPipeline(source: AnyStream, steps: readonly Step[], sources: Sources): AnyStream {
  return steps.reduce((stream, step) => {
    const next = applyStep(stream, step, sources)
    return step.checkpointMs === undefined || step.op === 'checkpoint'
      ? next
      : call(next, 'checkpoint', duration(step.checkpointMs))
  }, source)
}

type Apply = (stream: AnyStream, step: Step, sources: Sources) => AnyStream

function applyStep(stream: AnyStream, step: Step, sources: Sources): AnyStream {
  const apply = Object.hasOwn(STEPS, step.op) ? STEPS[step.op] : undefined
  if (apply === undefined) throw new UnknownOperation(`there is no operation of this name: ${step.op}`)
  return apply(stream, step, sources)
}

/** What stands for the arguments of each method; most methods take `fn` alone. */
const STEPS: Readonly<Record<string, Apply>> = {
  map: withFn,
  flatMap: withFn,
  filter: withFn,
  mapPartitions: withFn,
  mapValues: withFn,
  flatMapValues: withFn,
  reduce: withFn,
  reduceByKey: withFn,
  count: (s) => call(s, 'count'),
  countByValue: (s) => call(s, 'countByValue'),
  glom: (s) => call(s, 'glom'),
  groupByKey: (s) => call(s, 'groupByKey'),
  persist: (s) => call(s, 'persist'),
  cache: (s) => call(s, 'cache'),
  checkpoint: (s, { checkpointMs }) => call(s, 'checkpoint', duration(required(checkpointMs, 'checkpointMs'))),
  repartition: (s, { numPartitions }) => call(s, 'repartition', numPartitions),
  combineByKey: (s, { createCombiner, mergeValue, mergeCombiners }) =>
    call(
      s,
      'combineByKey',
      requiredFunction(createCombiner, 'createCombiner'),
      requiredFunction(mergeValue, 'mergeValue'),
      requiredFunction(mergeCombiners, 'mergeCombiners'),
    ),
  sortByKey: (s) => call(s, 'transform', (rdd: unknown) => call(rdd as AnyStream, 'sortByKey')),
  transform,
  transformWith,
  union: (s, { others = [{}] }, sources) =>
    others.reduce((stream, other) => call(stream, 'union', otherStream(other, sources)), s),
  cogroup: joined,
  join: joined,
  leftOuterJoin: outerJoined,
  rightOuterJoin: outerJoined,
  fullOuterJoin: outerJoined,
  window: (s, step) => call(s, 'window', ...windowOf(step)),
  countByWindow: (s, step) => call(s, 'countByWindow', ...windowOf(step)),
  countByValueAndWindow: (s, step) => call(s, 'countByValueAndWindow', ...windowOf(step)),
  groupByKeyAndWindow: (s, step) => call(s, 'groupByKeyAndWindow', ...windowOf(step)),
  reduceByWindow: reduceOverWindow,
  reduceByKeyAndWindow: reduceOverWindow,
  updateStateByKey,
  mapWithState,
}

function call(target: AnyStream, method: string, ...args: readonly unknown[]): AnyStream {
  const found = target[method]
  if (typeof found !== 'function') throw new UnknownOperation(`the API has no method of this name: ${method}`)
  return found.apply(target, args) as AnyStream
}

function withFn(stream: AnyStream, { op, fn }: Step): AnyStream {
  return call(stream, op, requiredFunction(fn, 'fn'))
}

function duration(ms: number): Duration {
  return milliseconds(ms)
}

function windowOf({ windowMs, slideMs }: Step): readonly Duration[] {
  const window = duration(required(windowMs, 'windowMs'))
  return slideMs === undefined ? [window] : [window, duration(slideMs)]
}

function reduceOverWindow(stream: AnyStream, step: Step): AnyStream {
  const { op, fn, invFn, filterFn } = step
  const inverse = invFn === undefined ? [] : [requiredFunction(invFn, 'invFn')]
  const filter = filterFn === undefined ? [] : [undefined, requiredFunction(filterFn, 'filterFn')]
  return call(stream, op, requiredFunction(fn, 'fn'), ...inverse, ...windowOf(step), ...filter)
}

/** Inside the function, datasets are arrays of a batch's elements. */
function transform(stream: AnyStream, { fn }: Step): AnyStream {
  const f = functionOf(required(fn, 'fn'))
  return call(stream, 'transform', async (rdd: RDD<unknown>, time: Time) => {
    if (f === null) return null
    return parallelized(rdd, f(await rdd.collect(), time.milliseconds) as readonly unknown[])
  })
}

function parallelized(like: RDD<unknown>, elements: readonly unknown[]): RDD<unknown> {
  return like.sparkContext.parallelize(elements, Math.max(1, like.getNumPartitions()))
}

const OUTER_JOINS: ReadonlySet<string> = new Set(['leftOuterJoin', 'rightOuterJoin', 'fullOuterJoin'])

/** `fn` names a method of datasets. */
function transformWith(stream: AnyStream, step: Step, sources: Sources): AnyStream {
  const method = required(step.fn, 'fn')
  const combine = (left: unknown, right: unknown) => call(left as AnyStream, method, right)
  const made = call(stream, 'transformWith', other(step, sources), combine)
  return OUTER_JOINS.has(method) ? call(made, 'map', translatedSides) : made
}

function joined(stream: AnyStream, step: Step, sources: Sources): AnyStream {
  return call(stream, step.op, other(step, sources))
}

function outerJoined(stream: AnyStream, step: Step, sources: Sources): AnyStream {
  return call(joined(stream, step, sources), 'map', translatedSides)
}

function other({ other, otherPipeline }: Step, sources: Sources): AnyStream {
  return otherStream(other ?? { pipeline: otherPipeline ?? [] }, sources)
}

function otherStream({ source = 'input2', pipeline = [] }: OtherStream, sources: Sources): AnyStream {
  const stream = Object.hasOwn(sources, source) ? sources[source] : undefined
  if (stream === undefined) throw new UnknownOperation(`there is no source of this name: ${source}`)
  return applyPipeline(stream, pipeline, sources)
}

function initialState({ initial }: Step): RDD<unknown> | undefined {
  return initial === undefined ? undefined : new SparkContext().parallelize(initial)
}

const PARTITIONS = 2

/** In the form that the step asks for: by key, with the time, or over iterators. */
function updateStateByKey(stream: AnyStream, step: Step): AnyStream {
  const { timeFn, rememberPartitioner = true, form } = step
  const initial = initialState(step)
  const tail = initial === undefined ? [] : [initial]
  if (timeFn !== undefined) {
    const f = requiredFunction(timeFn, 'timeFn')
    const update = (time: Time, key: unknown, values: Iterable<unknown>, state: unknown) =>
      toUndefined(f(time.milliseconds, key, [...values], toNull(state)))
    return call(stream, 'updateStateByKey', update, new HashPartitioner(PARTITIONS), rememberPartitioner, ...tail)
  }
  const f = requiredFunction(step.fn, 'fn')
  if (form === 'iterator') {
    return call(
      stream,
      'updateStateByKey',
      overIterator(f),
      new HashPartitioner(PARTITIONS),
      rememberPartitioner,
      ...tail,
    )
  }
  const update = (values: Iterable<unknown>, state: unknown) => toUndefined(f([...values], toNull(state)))
  return call(
    stream,
    'updateStateByKey',
    update,
    ...(initial === undefined ? [] : [new HashPartitioner(PARTITIONS), initial]),
  )
}

function overIterator(f: Fn) {
  return function* (keys: Iterable<readonly [unknown, Iterable<unknown>, unknown]>) {
    for (const [key, values, state] of keys) {
      const next = toUndefined(f([...values], toNull(state)))
      if (next !== undefined) yield [key, next]
    }
  }
}

function mapWithState(stream: AnyStream, step: Step): AnyStream {
  const f = requiredFunction(step.fn, 'fn')
  const StateSpec = (sluice as Readonly<Record<string, unknown>>).StateSpec as AnyStream | undefined
  if (StateSpec === undefined) throw new UnknownOperation('the API has no StateSpec')
  const update = (time: Time, key: unknown, value: unknown, state: StateHandle) =>
    toUndefined(f(time.milliseconds, key, toNull(value), translatedState(state)))
  const initial = initialState(step)
  const plain = call(StateSpec, 'function', update)
  const started = initial === undefined ? plain : call(plain, 'initialState', initial)
  const spec = step.timeoutMs === undefined ? started : call(started, 'timeout', duration(step.timeoutMs))
  const mapped = call(stream, 'mapWithState', spec)
  if (step.output !== 'snapshots') return mapped
  // The interval is the state's, and is set before its snapshots are asked for.
  const kept = step.checkpointMs === undefined ? mapped : call(mapped, 'checkpoint', duration(step.checkpointMs))
  return call(kept, 'stateSnapshots')
}

function required<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw new UnknownOperation(`the step has no ${name}`)
  return value
}
