/**
 * Functions of cases: JavaScript arrows as text, in which Spark's None is `null` and times are numbers. The public API has
 * `undefined` and `Time`; what follows translates exactly that, around state functions and behind outer joins.
 */
export type Fn = (...args: readonly unknown[]) => unknown

/** The function of a step; `null` in its place is what a step with a broken function has. */
export function functionOf(text: string): Fn | null {
  // Indirect: the text sees nothing of this module.
  const value: unknown = new Function(`return (${text})`)()
  if (value === null || typeof value === 'function') return value as Fn | null
  throw new Error(`not a function: ${text}`)
}

export function requiredFunction(text: string | undefined, what: string): Fn {
  const fn = text === undefined ? null : functionOf(text)
  if (fn === null) throw new Error(`the step has no ${what}`)
  return fn
}

export function toNull(value: unknown): unknown {
  return value === undefined ? null : value
}

export function toUndefined(value: unknown): unknown {
  return value === null ? undefined : value
}

/** What the state functions of cases call a state. */
export interface StateHandle {
  exists(): boolean
  get(): unknown
  getOption(): unknown
  update(state: unknown): void
  remove(): void
  isTimingOut(): boolean
}

export function translatedState(state: StateHandle): StateHandle {
  return {
    exists: () => state.exists(),
    get: () => state.get(),
    getOption: () => toNull(state.getOption()),
    update: (value) => state.update(value),
    remove: () => state.remove(),
    isTimingOut: () => state.isTimingOut(),
  }
}

/** Both sides of a join's value, `null` for a missing one. */
export function translatedSides(sides: unknown): unknown {
  const [left, right] = sides as [unknown, unknown]
  return [toNull(left), toNull(right)]
}
