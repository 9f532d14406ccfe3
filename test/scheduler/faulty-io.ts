import type { HeadRegister } from '../../src/ports/head-register.ts'
import type { ObjectStore } from '../../src/ports/object-store.ts'
import { SluiceError } from '../../src/util/errors.ts'

/**
 * What happens to one call of a process. `crash-before` and `crash-after` end the process; `dropped` and `lost-answer` fail
 * the call without and with its effect; `twice` does it, and once more when the process makes its next call (a delayed
 * request that arrives late).
 */
export type Fault = 'crash-before' | 'crash-after' | 'dropped' | 'lost-answer' | 'twice'
export const FAULTS: readonly Fault[] = ['crash-before', 'crash-after', 'dropped', 'lost-answer', 'twice']

/** Decides what happens to the call of this number. */
export type FaultAt = (call: number, name: string) => Fault | undefined

class Crashed extends Error {
  override readonly name = 'Crashed'
}

/** The connections of one process to the world. Once it has crashed, none of its calls has an effect. */
export class FaultyIO {
  readonly calls: string[] = []
  readonly #faultAt: FaultAt
  readonly #before: () => Promise<void>
  #late: (() => Promise<unknown>) | undefined
  crashed = false

  constructor(faultAt: FaultAt, before: () => Promise<void> = async () => {}) {
    this.#faultAt = faultAt
    this.#before = before
  }

  register(inner: HeadRegister): HeadRegister {
    return {
      url: inner.url,
      read: (app) => this.#call('head.read', () => inner.read(app)),
      swap: async (expected, next) => {
        try {
          return await this.#call('head.swap', () => inner.swap(expected, next))
        } catch (cause) {
          if (cause instanceof Crashed) throw cause
          return { kind: 'unknown', cause }
        }
      },
    }
  }

  store(inner: ObjectStore): ObjectStore {
    const mutating = new Set<string | symbol>(['put', 'putIfAbsent', 'copy', 'delete'])
    const reading = new Set<string | symbol>(['get', 'head', 'exists'])
    return new Proxy(inner, {
      get: (target, property) => {
        const member = Reflect.get(target, property, target)
        if (typeof member !== 'function') return member
        if (!mutating.has(property) && !reading.has(property)) return member.bind(target)
        return (...args: unknown[]) => this.#call(`store.${String(property)}`, () => member.apply(target, args))
      },
    })
  }

  async #call<T>(name: string, act: () => Promise<T>): Promise<T> {
    await this.#before()
    if (this.crashed) throw new Crashed()
    await this.#arrive()
    const number = this.calls.push(name) - 1
    const fault = this.#faultAt(number, name)
    if (fault === 'crash-before') this.#crash()
    if (fault === 'dropped') throw lost(name)
    const result = await act()
    if (this.crashed || fault === 'crash-after') this.#crash()
    if (fault === 'lost-answer') throw lost(name)
    if (fault === 'twice') this.#late = act
    return result
  }

  /** A request that was sent twice arrives for the second time. Nobody waits for its answer. */
  async #arrive(): Promise<void> {
    const late = this.#late
    this.#late = undefined
    await late?.().catch(() => {})
  }

  #crash(): never {
    this.crashed = true
    throw new Crashed()
  }
}

function lost(name: string): SluiceError {
  return new SluiceError({ code: 'lost', kind: 'retryable', message: `no answer: ${name}` })
}
