import { RDD, type Time } from 'sluice'
import { type AnyStream, call, duration, required, UnknownOperation } from './any-stream.ts'
import type { OtherStream, Step } from './case.ts'
import { functionOf, requiredFunction, translatedSides } from './functions.ts'
import { mapWithState, updateStateByKey } from './state-steps.ts'

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
  if (apply) return apply(stream, step, sources)
  if (step.op in RDD.prototype) return ofDatasets(stream, step)
  throw new UnknownOperation(`there is no operation of this name: ${step.op}`)
}

/** What stands for the arguments of each method; what is not here, a dataset's method does, through `transform`. */
const STEPS: Readonly<Record<string, Apply>> = {
  map: withFn,
  flatMap: withFn,
  filter: withFn,
  mapPartitions: withFn,
  mapValues: withFn,
  flatMapValues: withFn,
  reduce: withFn,
  reduceByKey: (s, { fn, numPartitions }) => call(s, 'reduceByKey', requiredFunction(fn, 'fn'), numPartitions),
  count: (s) => call(s, 'count'),
  countByValue: (s, { numPartitions }) => call(s, 'countByValue', numPartitions),
  glom: (s) => call(s, 'glom'),
  groupByKey: (s, { numPartitions }) => call(s, 'groupByKey', numPartitions),
  persist: (s) => call(s, 'persist'),
  cache: (s) => call(s, 'cache'),
  checkpoint: (s, { checkpointMs }) => call(s, 'checkpoint', duration(required(checkpointMs, 'checkpointMs'))),
  repartition: (s, { numPartitions }) => call(s, 'repartition', required(numPartitions, 'numPartitions')),
  combineByKey: (s, { createCombiner, mergeValue, mergeCombiners, numPartitions }) =>
    call(
      s,
      'combineByKey',
      requiredFunction(createCombiner, 'createCombiner'),
      requiredFunction(mergeValue, 'mergeValue'),
      requiredFunction(mergeCombiners, 'mergeCombiners'),
      numPartitions,
    ),
  transform,
  transformWith,
  union: (s, step, sources) => others(step, sources).reduce((stream, other) => call(stream, 'union', other), s),
  cogroup: joined,
  join: joined,
  leftOuterJoin: outerJoined,
  rightOuterJoin: outerJoined,
  fullOuterJoin: outerJoined,
  window: (s, step) => call(s, 'window', ...windowOf(step)),
  countByWindow: (s, step) => call(s, 'countByWindow', ...windowOf(step)),
  countByValueAndWindow: (s, step) => call(s, 'countByValueAndWindow', ...windowOf(step), step.numPartitions),
  groupByKeyAndWindow: (s, step) => call(s, 'groupByKeyAndWindow', ...windowOf(step), step.numPartitions),
  reduceByWindow: (s, step) => call(s, 'reduceByWindow', ...reductionOf(step), ...windowOf(step)),
  reduceByKeyAndWindow,
  updateStateByKey,
  mapWithState,
}

function withFn(stream: AnyStream, { op, fn }: Step): AnyStream {
  return call(stream, op, requiredFunction(fn, 'fn'))
}

/** The slide stays in its place when a step leaves it out. */
function windowOf({ windowMs, slideMs }: Step): readonly unknown[] {
  return [duration(required(windowMs, 'windowMs')), slideMs === undefined ? undefined : duration(slideMs)]
}

function reductionOf({ fn, invFn }: Step): readonly unknown[] {
  const f = requiredFunction(fn, 'fn')
  return invFn === undefined ? [f] : [f, requiredFunction(invFn, 'invFn')]
}

function reduceByKeyAndWindow(stream: AnyStream, step: Step): AnyStream {
  const { op, invFn, filterFn, numPartitions } = step
  if (filterFn === undefined) return call(stream, op, ...reductionOf(step), ...windowOf(step), numPartitions)
  required(invFn, 'invFn, without which there is nothing to filter')
  const filter = requiredFunction(filterFn, 'filterFn')
  return call(stream, op, ...reductionOf(step), ...windowOf(step), numPartitions, filter)
}

/** Inside the function, datasets are arrays of a batch's elements. */
function transform(stream: AnyStream, { fn }: Step): AnyStream {
  const f = functionOf(required(fn, 'fn'))
  return call(stream, 'transform', async (rdd: RDD<unknown>, time: Time) => {
    if (f === null) return null
    return parallelized(rdd, f(await rdd.collect(), time.milliseconds))
  })
}

function parallelized(like: RDD<unknown>, elements: unknown): RDD<unknown> | null {
  if (elements === null) return null
  return like.sparkContext.parallelize(elements as readonly unknown[], Math.max(1, like.getNumPartitions()))
}

/** `sortByKey` and other methods that only datasets have. */
function ofDatasets(stream: AnyStream, { op, fn, ascending, numPartitions }: Step): AnyStream {
  const f = fn === undefined ? [] : [requiredFunction(fn, 'fn')]
  const order = op === 'sortBy' || op === 'sortByKey' ? [ascending] : []
  return call(stream, 'transform', (rdd: unknown) => call(rdd as AnyStream, op, ...f, ...order, numPartitions))
}

const OUTER_JOINS: ReadonlySet<string> = new Set(['leftOuterJoin', 'rightOuterJoin', 'fullOuterJoin'])

/** `fn` names a method of datasets, or is a function of both batches' elements and the time. */
function transformWith(stream: AnyStream, step: Step, sources: Sources): AnyStream {
  const method = required(step.fn, 'fn')
  if (!/^\w+$/.test(method)) return transformBoth(stream, step, sources)
  const combine = (left: unknown, right: unknown) => call(left as AnyStream, method, right)
  const made = call(stream, 'transformWith', other(step, sources), combine)
  return OUTER_JOINS.has(method) ? call(made, 'mapValues', translatedSides) : made
}

function transformBoth(stream: AnyStream, step: Step, sources: Sources): AnyStream {
  const f = requiredFunction(step.fn, 'fn')
  const combine = async (left: RDD<unknown>, right: RDD<unknown>, time: Time) =>
    parallelized(left, f(await left.collect(), await right.collect(), time.milliseconds))
  return call(stream, 'transformWith', other(step, sources), combine)
}

function joined(stream: AnyStream, step: Step, sources: Sources): AnyStream {
  return call(stream, step.op, other(step, sources), step.numPartitions)
}

function outerJoined(stream: AnyStream, step: Step, sources: Sources): AnyStream {
  return call(joined(stream, step, sources), 'mapValues', translatedSides)
}

function other(step: Step, sources: Sources): AnyStream {
  const [only, ...more] = others(step, sources)
  if (more.length > 0) throw new UnknownOperation(`${step.op} takes one other stream, not ${more.length + 1}`)
  return required(only, 'other')
}

function others({ other, others, otherPipeline = [] }: Step, sources: Sources): readonly AnyStream[] {
  const given = others ?? [other ?? { pipeline: otherPipeline }]
  return given.map((stream) => otherStream(stream, sources))
}

function otherStream({ source = 'input2', pipeline = [] }: OtherStream, sources: Sources): AnyStream {
  const stream = Object.hasOwn(sources, source) ? sources[source] : undefined
  if (stream === undefined) throw new UnknownOperation(`there is no source of this name: ${source}`)
  return applyPipeline(stream, pipeline, sources)
}
