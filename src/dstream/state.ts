import type { Slot, StateTable } from '../state/keyed-state.ts'
import { SluiceError } from '../util/errors.ts'

/**
 * The state of the key that a `mapWithState` function is called for. Good during the call only: the next call has another
 * key's. What is read is a copy: a change counts once it is given to `update`.
 *
 * @example
 * ```ts
 * const spec = StateSpec.function((word: string, one: number | undefined, state: State<number>) => {
 *   const count = (state.getOption() ?? 0) + (one ?? 0)
 *   if (!state.isTimingOut()) state.update(count)
 *   return [word, count]
 * })
 * const ones = words.map((word) => [word, 1])
 * ones.mapWithState(spec) // [[['row', 1], ['row', 2]], [['row', 3], ['your', 1], ['boat', 1]]]
 * ```
 */
export interface State<S> {
  /** Whether the key has state. */
  exists(): boolean
  /** The state; without any, refused with code `state-not-set`. */
  get(): S
  /** The state, `undefined` without any. */
  getOption(): S | undefined
  /** Sets the state. Refused with code `bad-state-use` after `remove`, and while the key is timing out. */
  update(state: S): void
  /** Removes the key. Refused with code `bad-state-use` the second time, and while the key is timing out. */
  remove(): void
  /** Whether the function is called because the key has been idle for too long; it is removed after this call. */
  isTimingOut(): boolean
}

/** What a call did to the state. */
export type StateOutcome = 'untouched' | 'updated' | 'removed'

/** One handle for all calls of a task, set to one entry after the other. */
export class StateHandle<K, S> implements State<S> {
  readonly #table: StateTable<K, S>
  #slot: Slot = -1
  #state: S | undefined
  #exists = false
  /** State in stored form is read when somebody wants it. */
  #isRead = false
  #timingOut = false
  #outcome: StateOutcome = 'untouched'

  constructor(table: StateTable<K, S>) {
    this.#table = table
  }

  get outcome(): StateOutcome {
    return this.#outcome
  }

  /** Goes to an entry, or to a key without one: -1. */
  moveTo(slot: Slot, timingOut: boolean): void {
    this.#slot = slot
    this.#state = undefined
    this.#exists = slot >= 0
    this.#isRead = slot < 0
    this.#timingOut = timingOut
    this.#outcome = 'untouched'
  }

  exists(): boolean {
    return this.#exists
  }

  get(): S {
    if (!this.#exists) throw notSet()
    return this.#read() as S
  }

  getOption(): S | undefined {
    return this.#exists ? this.#read() : undefined
  }

  update(state: S): void {
    if (this.#outcome === 'removed') throw badUse('Cannot update the state after it has been removed')
    if (this.#timingOut) throw badUse('Cannot update the state that is timing out')
    this.#state = state
    this.#exists = true
    this.#isRead = true
    this.#outcome = 'updated'
  }

  remove(): void {
    if (this.#timingOut) throw badUse('Cannot remove the state that is timing out')
    if (this.#outcome === 'removed') throw badUse('Cannot remove the state that has already been removed')
    this.#exists = false
    this.#outcome = 'removed'
  }

  isTimingOut(): boolean {
    return this.#timingOut
  }

  #read(): S | undefined {
    if (this.#isRead) return this.#state
    this.#isRead = true
    this.#state = this.#table.valueAt(this.#slot)
    return this.#state
  }
}

function notSet(): SluiceError {
  return new SluiceError({
    code: 'state-not-set',
    kind: 'invalid',
    message: 'State is not set; ask exists() first, or use getOption()',
  })
}

function badUse(message: string): SluiceError {
  return new SluiceError({ code: 'bad-state-use', kind: 'invalid', message })
}
