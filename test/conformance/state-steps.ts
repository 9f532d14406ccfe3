import { HashPartitioner, type RDD, SparkContext, StateSpec, type Time } from 'sluice'
import { type AnyStream, call, duration, UnknownOperation } from './any-stream.ts'
import type { Step } from './case.ts'
import { type Fn, requiredFunction, type StateHandle, toNull, toUndefined, translatedState } from './functions.ts'

const PARTITIONS = 2

/** In the form that the step asks for: by key, with the time, or over iterators. */
export function updateStateByKey(stream: AnyStream, step: Step): AnyStream {
  const { timeFn, rememberPartitioner = true, form, numPartitions = PARTITIONS } = step
  const initial = initialState(step)
  const partitioner = new HashPartitioner(numPartitions)
  if (timeFn !== undefined) {
    const f = requiredFunction(timeFn, 'timeFn')
    const update = (time: Time, key: unknown, values: Iterable<unknown>, state: unknown) =>
      toUndefined(f(time.milliseconds, key, [...values], toNull(state)))
    return call(stream, 'updateStateByKey', update, partitioner, rememberPartitioner, initial)
  }
  const f = requiredFunction(step.fn, 'fn')
  if (form === 'iterator') {
    return call(stream, 'updateStateByKey', overIterator(f), partitioner, rememberPartitioner, initial)
  }
  if (form !== undefined) throw new UnknownOperation(`updateStateByKey has no form of this name: ${form}`)
  const update = (values: Iterable<unknown>, state: unknown) => toUndefined(f([...values], toNull(state)))
  return initial === undefined
    ? call(stream, 'updateStateByKey', update, step.numPartitions)
    : call(stream, 'updateStateByKey', update, partitioner, initial)
}

function overIterator(f: Fn) {
  return function* (keys: Iterable<readonly [unknown, Iterable<unknown>, unknown]>) {
    for (const [key, values, state] of keys) {
      const next = toUndefined(f([...values], toNull(state)))
      if (next !== undefined) yield [key, next]
    }
  }
}

/** A function of three parameters is the one without the time. */
export function mapWithState(stream: AnyStream, step: Step): AnyStream {
  const { output = 'mapped', checkpointMs } = step
  const mapped = call(stream, 'mapWithState', stateSpec(step))
  if (output === 'mapped') return mapped
  if (output !== 'snapshots') throw new UnknownOperation(`mapWithState has no output of this name: ${output}`)
  // The interval is the state's, and is set before its snapshots are asked for.
  const kept = checkpointMs === undefined ? mapped : call(mapped, 'checkpoint', duration(checkpointMs))
  return call(kept, 'stateSnapshots')
}

function stateSpec(step: Step): AnyStream {
  const { timeoutMs, numPartitions } = step
  const f = requiredFunction(step.fn, 'fn')
  const plain = (key: unknown, value: unknown, state: StateHandle) =>
    toUndefined(f(key, toNull(value), translatedState(state)))
  const timed = (time: Time, key: unknown, value: unknown, state: StateHandle) =>
    toUndefined(f(time.milliseconds, key, toNull(value), translatedState(state)))
  const made = call(StateSpec as unknown as AnyStream, 'function', f.length === 3 ? plain : timed)
  const initial = initialState(step)
  const started = initial === undefined ? made : call(made, 'initialState', initial)
  const cut = numPartitions === undefined ? started : call(started, 'numPartitions', numPartitions)
  return timeoutMs === undefined ? cut : call(cut, 'timeout', duration(timeoutMs))
}

function initialState({ initial }: Step): RDD<unknown> | undefined {
  return initial === undefined ? undefined : new SparkContext().parallelize(initial)
}
