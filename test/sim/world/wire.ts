import { SluiceError } from '../../../src/util/errors.ts'
import type { CallFault } from './faults.ts'
import type { SimProcess } from './sim-process.ts'

/** One call of a process to something outside of it. */
export interface Call<T> {
  /** `kind:operation`, see `Sites`. */
  readonly site: string
  /** What the call does, at the instant at which it does it. */
  readonly act: () => T | Promise<T>
  /** Whether it changes anything. */
  readonly changes: boolean
  /** What a caller is told who comes too late, or seems to; by default an error. */
  readonly conflict?: () => T
}

/** A call on its way, and who waits for it. */
interface Parked<T> {
  readonly call: Call<T>
  readonly resolve: (value: T | Promise<T>) => void
  readonly reject: (error: unknown) => void
}

/** What makes an answer late, or its effect come again. */
type Delay = 'twice' | 'slow-answer' | 'stall' | 'cut-off'

/** Clocks of processes count whole milliseconds: so much later, each of them says so. */
const CLOCK_STEP_MS = 1

/** What a call came to; a failure of its own is an answer, too. */
type Answer<T> =
  | { readonly kind: 'value'; readonly value: T }
  | { readonly kind: 'failure'; readonly error: unknown }
  /** Not known yet, as it takes the world a few promises to say so. */
  | { readonly kind: 'pending'; readonly promise: Promise<T>; settled?: Answer<T> }

/**
 * All connections of one process. Each call is parked until its time comes, which the seed says: so the calls of all
 * processes interleave, and each has its own misfortune. What a process is never told it never goes on from.
 */
export class Wire {
  readonly #process: SimProcess

  constructor(process: SimProcess) {
    this.#process = process
  }

  call<T>(call: Call<T>): Promise<T> {
    const { world } = this.#process
    // One of its own: a promise that all waited for would keep all of them in memory.
    if (this.#process.dead) return new Promise<T>(() => {})
    return new Promise<T>((resolve, reject) => {
      const parked = { call, resolve, reject }
      world.timeline.after(world.latencyMs(), () => this.#arrive(parked))
    })
  }

  #arrive<T>(parked: Parked<T>): void {
    const { world, dead } = this.#process
    const { call } = parked
    // What was on its way when its process died may arrive all the same.
    if (dead && !world.chance.chance(0.5)) return
    // What is only called when all is well cannot be a place to crash.
    const fault = dead || world.faults.ended ? undefined : world.faults.ofCall(call, world.sites.called(call.site))
    world.trace(this.#process.id, call.site, fault ?? (dead ? 'orphan' : ''))
    if (dead) done(call)
    else if (fault === undefined) this.#answer(parked, done(call), 0)
    else this.#goWrong(parked, fault)
  }

  /** What becomes of the call's effect. */
  #goWrong<T>(parked: Parked<T>, fault: CallFault): void {
    const { world } = this.#process
    const { call } = parked
    if (fault === 'crash-before' || fault === 'crash-after') {
      if (fault === 'crash-after') done(call)
      world.sites.crashed(call.site, fault === 'crash-after' ? 'after' : 'before')
      this.#process.die()
    } else if (fault === 'server-error' || fault === 'throttled') this.#refuse(parked, failed(call.site, fault))
    else if (fault === 'conflict') this.#conflict(parked)
    else if (fault === 'late-request') {
      this.#doneLater(call)
      this.#refuse(parked, lost(call.site))
    } else if (fault === 'lost-answer') {
      done(call)
      this.#refuse(parked, lost(call.site))
    } else this.#delay(parked, fault)
  }

  /** The effect is there; the answer, or an echo of the effect, is late. */
  #delay<T>(parked: Parked<T>, fault: Delay): void {
    const { chance } = this.#process.world
    if (fault === 'twice') this.#doneLater(parked.call)
    if (fault === 'stall') this.#process.freeze(chance.pick([500, 5_000, 30_000]))
    this.#answer(parked, done(parked.call), this.#latenessOf(fault))
  }

  #latenessOf(fault: Delay): number {
    const { stopsAtMs, world } = this.#process
    if (fault === 'slow-answer') return world.chance.pick([100, 1_000, 10_000])
    return fault === 'cut-off' ? Math.max(0, stopsAtMs - world.timeline.nowMs) + CLOCK_STEP_MS : 0
  }

  #doneLater<T>(call: Call<T>): void {
    const { world } = this.#process
    const delayMs = world.chance.pick([50, 1_000, 10_000]) * world.chance.next()
    world.lateUntil(world.timeline.nowMs + delayMs)
    world.timeline.after(delayMs, () => void done(call))
  }

  /** A client that tries again after a lost answer reports its own success as a conflict. */
  #conflict<T>(parked: Parked<T>): void {
    const { site, conflict } = parked.call
    if (conflict === undefined) {
      this.#refuse(parked, failed(site, 'conflict'))
      return
    }
    if (this.#process.world.chance.chance(0.5)) done(parked.call)
    this.#process.resume(0, () => parked.resolve(conflict()))
  }

  #answer<T>(parked: Parked<T>, answer: Answer<T>, afterMs: number): void {
    const { chance } = this.#process.world
    // Now and then others come between the effect and its answer.
    const wayBack = chance.chance(0.2) ? chance.nextInt(20) : 0
    this.#process.resume(afterMs + wayBack, () => tell(parked, answer))
  }

  #refuse<T>({ reject }: Parked<T>, error: SluiceError): void {
    this.#process.resume(this.#process.world.chance.pick([0, 100, 1_000]), () => reject(error))
  }
}

/** Has the effect of a call. What comes at once is not made a promise: of all calls, these are the most. */
function done<T>({ act }: Call<T>): Answer<T> {
  try {
    const value = act()
    return value instanceof Promise ? pending(value) : { kind: 'value', value }
  } catch (error) {
    return { kind: 'failure', error }
  }
}

/** By the time at which a process wakes up it is settled, and the process hears of it in its turn. */
function pending<T>(promise: Promise<T>): Answer<T> {
  const answer: Answer<T> = { kind: 'pending', promise }
  promise.then(
    (value) => {
      answer.settled = { kind: 'value', value }
    },
    (error: unknown) => {
      answer.settled = { kind: 'failure', error }
    },
  )
  return answer
}

function tell<T>(parked: Parked<T>, answer: Answer<T>): void {
  if (answer.kind === 'value') parked.resolve(answer.value)
  else if (answer.kind === 'failure') parked.reject(answer.error)
  else if (answer.settled === undefined) parked.resolve(answer.promise)
  else tell(parked, answer.settled)
}

function lost(site: string): SluiceError {
  return new SluiceError({ code: 'lost-answer', kind: 'retryable', message: `Simulated: no answer: ${site}` })
}

function failed(site: string, code: string): SluiceError {
  return new SluiceError({ code, kind: 'retryable', message: `Simulated: ${code}: ${site}` })
}
