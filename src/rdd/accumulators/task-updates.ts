import type { AccumulatorV2 } from './accumulator.ts'

type Accumulator = AccumulatorV2<unknown, unknown>

/** What one run of one task adds to accumulators: kept apart until the task has succeeded, and lost if it fails. */
export class TaskUpdates {
  /** None before the first addition: most tasks add nothing. */
  #partial: Map<Accumulator, Accumulator> | undefined

  /** This task's own part of an accumulator. */
  of(accumulator: Accumulator): Accumulator {
    this.#partial ??= new Map()
    const partial = this.#partial.get(accumulator) ?? accumulator.copyAndReset()
    this.#partial.set(accumulator, partial)
    return partial
  }

  /** Adds them up for good: where the job is coordinated, once for each task. */
  merge(): void {
    for (const [accumulator, partial] of this.#partial ?? []) accumulator.merge(partial)
  }
}

/** The part of an `AsyncLocalStorage` that is used. */
interface TaskStorage {
  run<R>(updates: TaskUpdates, task: () => R): R
  getStore(): TaskUpdates | undefined
}
type StorageClass = new () => TaskStorage

/** Where the class is found, at run time: this folder runs in places that lack it, too. */
interface Surroundings {
  readonly AsyncLocalStorage?: StorageClass
  readonly process?: {
    getBuiltinModule?(name: 'node:async_hooks'): { readonly AsyncLocalStorage: StorageClass } | undefined
  }
}

/** Made with the first accumulator: following tasks through promises is not free, and most programs count nothing. */
let storage: TaskStorage | undefined
let accumulators = 0

/**
 * Runs a task so that what its functions add, across their awaits too, goes to `updates`. Where the platform cannot
 * follow a function across awaits, additions count at once, those of failed tasks included.
 */
export function withUpdates<R>(updates: TaskUpdates, task: () => R): R {
  return storage ? storage.run(updates, task) : task()
}

/** Gives an accumulator its number, and sends what tasks add to their own parts of it from now on. */
export function registerAccumulator<A extends object>(
  accumulator: A & AccumulatorV2<never, unknown>,
  name?: string,
): A {
  accumulator.registered({ id: accumulators++, name })
  storage ??= openStorage()
  const whole = accumulator as unknown as Accumulator
  const add = whole.add.bind(whole)
  const redirected = (value: unknown): void => {
    const updates = storage?.getStore()
    if (updates) updates.of(whole).add(value)
    else add(value)
  }
  Object.defineProperty(accumulator, 'add', { value: redirected })
  return accumulator
}

function openStorage(): TaskStorage | undefined {
  const { AsyncLocalStorage, process } = globalThis as Surroundings
  const Storage = AsyncLocalStorage ?? process?.getBuiltinModule?.('node:async_hooks')?.AsyncLocalStorage
  return Storage && new Storage()
}
