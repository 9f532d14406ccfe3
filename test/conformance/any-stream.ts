import { type Duration, milliseconds } from 'sluice'

/** A stream as cases see it: methods by name. The types of a case are known only when it runs. */
export interface AnyStream {
  readonly [method: string]: unknown
}

/** An operation that this runner does not know, or that the API does not have, or a step without what it needs. */
export class UnknownOperation extends Error {
  override readonly name = 'UnknownOperation'
}

/** Calls a method of a stream, a dataset or a specification; arguments at the end that a step leaves out are not given. */
export function call(target: AnyStream, method: string, ...args: readonly unknown[]): AnyStream {
  const found = target[method]
  if (typeof found !== 'function') throw new UnknownOperation(`the API has no method of this name: ${method}`)
  return found.apply(target, args.slice(0, args.findLastIndex((arg) => arg !== undefined) + 1)) as AnyStream
}

export function required<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw new UnknownOperation(`the step has no ${name}`)
  return value
}

export function duration(ms: number): Duration {
  return milliseconds(ms)
}
