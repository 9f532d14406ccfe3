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

interface Parked<T> extends Call<T> {
  readonly resolve: (value: T | Promise<T>) => void
  readonly reject: (error: unknown) => void
}

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
      const parked = { ...call, resolve, reject }
      world.timeline.after(world.latencyMs(), () => this.#arrive(parked))
    })
  }

  #arrive<T>(call: Parked<T>): void {
    const { world, dead } = this.#process
    // What was on its way when its process died may arrive all the same.
    if (dead && !world.chance.chance(0.5)) return
    // What is only called when all is well cannot be a place to crash.
    const fault = dead || world.faults.ended ? undefined : world.faults.ofCall(call, world.sites.called(call.site))
    world.trace(this.#process.id, call.site, fault ?? (dead ? 'orphan' : ''))
    if (dead) void this.#done(call)
    else if (fault === undefined) this.#answer(call, this.#done(call), 0)
    else this.#goWrong(call, fault)
  }

  /** What becomes of the call's effect. */
  #goWrong<T>(call: Parked<T>, fault: CallFault): void {
    const { world } = this.#process
    if (fault === 'crash-before' || fault === 'crash-after') {
      if (fault === 'crash-after') void this.#done(call)
      world.sites.crashed(call.site, fault === 'crash-after' ? 'after' : 'before')
      this.#process.die()
    } else if (fault === 'server-error' || fault === 'throttled') this.#refuse(call, failed(call.site, fault))
    else if (fault === 'conflict') this.#conflict(call)
    else if (fault === 'late-request') {
      this.#doneLater(call)
      this.#refuse(call, lost(call.site))
    } else if (fault === 'lost-answer') {
      void this.#done(call)
      this.#refuse(call, lost(call.site))
    } else this.#delay(call, fault)
  }

  /** The effect is there; the answer, or an echo of the effect, is late. */
  #delay<T>(call: Parked<T>, fault: 'twice' | 'slow-answer' | 'stall'): void {
    const { chance } = this.#process.world
    if (fault === 'twice') this.#doneLater(call)
    if (fault === 'stall') this.#process.freeze(chance.pick([500, 5_000, 30_000]))
    this.#answer(call, this.#done(call), fault === 'slow-answer' ? chance.pick([100, 1_000, 10_000]) : 0)
  }

  #doneLater<T>(call: Call<T>): void {
    const { timeline, chance } = this.#process.world
    timeline.after(chance.pick([50, 1_000, 10_000]) * chance.next(), () => void this.#done(call))
  }

  /** A client that tries again after a lost answer reports its own success as a conflict. */
  #conflict<T>(call: Parked<T>): void {
    const { conflict } = call
    if (conflict === undefined) {
      this.#refuse(call, failed(call.site, 'conflict'))
      return
    }
    if (this.#process.world.chance.chance(0.5)) void this.#done(call)
    this.#process.resume(0, () => call.resolve(conflict()))
  }

  /** A failure of the call itself is its answer. */
  #done<T>(call: Call<T>): Promise<T> {
    try {
      const done = Promise.resolve(call.act())
      done.catch(() => {})
      return done
    } catch (error) {
      const refused = Promise.reject<T>(error)
      refused.catch(() => {})
      return refused
    }
  }

  #answer<T>(call: Parked<T>, answer: Promise<T>, afterMs: number): void {
    const { chance } = this.#process.world
    // Now and then others come between the effect and its answer.
    const wayBack = chance.chance(0.2) ? chance.nextInt(20) : 0
    this.#process.resume(afterMs + wayBack, () => call.resolve(answer))
  }

  #refuse<T>(call: Parked<T>, error: SluiceError): void {
    this.#process.resume(this.#process.world.chance.pick([0, 100, 1_000]), () => call.reject(error))
  }
}

function lost(site: string): SluiceError {
  return new SluiceError({ code: 'lost-answer', kind: 'retryable', message: `Simulated: no answer: ${site}` })
}

function failed(site: string, code: string): SluiceError {
  return new SluiceError({ code, kind: 'retryable', message: `Simulated: ${code}: ${site}` })
}
