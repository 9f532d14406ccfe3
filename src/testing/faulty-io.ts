import type { HeadRegister } from '../ports/head-register.ts'
import type { ObjectInfo, ObjectStore, ObjectUpload } from '../ports/object-store.ts'
import { SluiceError } from '../util/errors.ts'
import { Random } from '../util/random.ts'

/**
 * What happens to one call of a process. `crash-before` and `crash-after` end the process; `dropped` and `lost-answer` fail the
 * call, without and with its effect, in a way that trying again can mend; `twice` does it, and once more when the process makes
 * its next call (a request that was sent again and arrives late); `delayed` answers late.
 */
export type Fault = 'crash-before' | 'crash-after' | 'dropped' | 'lost-answer' | 'twice' | 'delayed'

/**
 * Every fault that there is.
 *
 * @example
 * ```ts
 * FAULTS.includes('lost-answer') // true
 * ```
 */
export const FAULTS: readonly Fault[] = ['crash-before', 'crash-after', 'dropped', 'lost-answer', 'twice', 'delayed']

/**
 * Decides what happens to a call, by its number from 0 and its name: `head.read`, `head.swap`, or a method of the object store
 * (`store.put`, `store.get`, …; `store.complete` ends an upload). `undefined`: nothing.
 */
export type FaultAt = (call: number, name: string) => Fault | undefined

/** How often what goes wrong, and until when. */
export interface SeededFaults {
  /** The same seed gives the same faults. */
  readonly seed: number
  /** Of all calls, from 0 to 1; 0.05 by default. */
  readonly share?: number
  /** All by default. */
  readonly kinds?: readonly Fault[]
  /** After so many everything works, so that a run ends; 100 by default. */
  readonly most?: number
}

/**
 * Faults by chance, and by the seed.
 *
 * @example
 * ```ts
 * const faults = seededFaults({ seed: 7, share: 0.1, kinds: ['dropped', 'lost-answer'] })
 * const run = await runApp(wordCount, { params: { in: 'lines', out: 'counts' }, inputs: { lines: [['row']] }, faults })
 * run.files['counts-60000/_SUCCESS'] // ''
 * ```
 */
export function seededFaults({ seed, share = 0.05, kinds = FAULTS, most = 100 }: SeededFaults): FaultAt {
  const random = new Random(seed)
  let left = most
  return () => {
    if (left === 0 || random.next() >= share) return undefined
    left--
    return kinds[random.nextInt(kinds.length)]
  }
}

class Crashed extends Error {
  override readonly name = 'Crashed'
}

/**
 * The connections of one process to what outlives it. Once it has crashed, none of its calls has an effect.
 *
 * @example
 * ```ts
 * const io = new FaultyIO((call) => (call === 0 ? 'lost-answer' : undefined))
 * const store = io.store(storage.open('data/faulty'))
 * await store.put('a', new Uint8Array(1)) // throws 'lost'
 * await store.get('b') // undefined
 * io.calls // ['store.put', 'store.get']
 * io.crashed // false
 *
 * // As a swap whose answer is lost: its caller cannot know, and has to look.
 * const register = new FaultyIO(() => 'dropped').register(runtime.register)
 * register.url === runtime.register.url // true
 * ```
 */
export class FaultyIO {
  /** The names of the calls made so far. */
  readonly calls: string[] = []
  readonly #faultAt: FaultAt
  readonly #before: () => Promise<void>
  #late: (() => Promise<unknown>) | undefined
  #crashed = false

  /** `before`: waited for by each call before anything else. */
  constructor(faultAt: FaultAt, before: () => Promise<void> = async () => {}) {
    this.#faultAt = faultAt
    this.#before = before
  }

  /** Whether the process has ended. */
  get crashed(): boolean {
    return this.#crashed
  }

  /** A register whose calls may fail. A swap that does not answer is `unknown`, as registers say it. */
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

  /** A store whose calls may fail. */
  store(inner: ObjectStore): ObjectStore {
    return {
      url: inner.url,
      exists: () => this.#call('store.exists', () => inner.exists()),
      put: (key, body) => this.#call('store.put', () => inner.put(key, body)),
      putIfAbsent: (key, body) => this.#call('store.putIfAbsent', () => inner.putIfAbsent(key, body)),
      upload: (key, partSizes) => this.#upload(inner.upload(key, partSizes)),
      get: (key, options) => this.#call('store.get', () => inner.get(key, options)),
      head: (key) => this.#call('store.head', () => inner.head(key)),
      list: (prefix, options) => this.#pages(() => inner.list(prefix, options)),
      delete: (keys) => this.#call('store.delete', () => inner.delete(keys)),
      copy: (from, to, partSizes) => this.#call('store.copy', () => inner.copy(from, to, partSizes)),
    }
  }

  #upload(inner: ObjectUpload): ObjectUpload {
    return {
      write: (bytes) => (this.#crashed ? Promise.reject(new Crashed()) : inner.write(bytes)),
      complete: () => this.#call('store.complete', () => inner.complete()),
      abort: async () => (this.#crashed ? undefined : inner.abort()),
    }
  }

  async *#pages(list: () => AsyncIterable<readonly ObjectInfo[]>): AsyncGenerator<readonly ObjectInfo[]> {
    yield* await this.#call('store.list', async () => list())
  }

  async #call<T>(name: string, act: () => Promise<T>): Promise<T> {
    await this.#before()
    if (this.#crashed) throw new Crashed()
    await this.#arrive()
    const number = this.calls.push(name) - 1
    const fault = this.#faultAt(number, name)
    if (fault === 'crash-before') this.#crash()
    if (fault === 'dropped') throw lost(name)
    const result = await act()
    if (fault === 'delayed') await new Promise((resolve) => setTimeout(resolve, 0))
    if (this.#crashed || fault === 'crash-after') this.#crash()
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
    this.#crashed = true
    throw new Crashed()
  }
}

function lost(name: string): SluiceError {
  return new SluiceError({ code: 'lost', kind: 'retryable', message: `no answer: ${name}` })
}
