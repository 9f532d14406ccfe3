import type { Log } from '../ports/log.ts'
import { messageOf } from '../util/errors.ts'
import type { StreamingEvents, StreamingListener } from './streaming-listener.ts'

type Delivery = () => void

/**
 * Brings events to listeners: in order, apart from whoever posts them. Costs nothing while nobody listens.
 */
export class ListenerBus {
  #listeners: readonly StreamingListener[] = []
  #log: Log | undefined
  #queue: Delivery[] = []
  #underWay: Promise<void> | undefined
  #delivering = false
  #stopped = false

  /** Whether anybody would hear of an event. */
  get listening(): boolean {
    return this.#listeners.length > 0 && !this.#stopped
  }

  /** Whether the caller is a listener that is being told something. */
  get delivering(): boolean {
    return this.#delivering
  }

  /** Where listeners that throw are told of. */
  logTo(log: Log): void {
    this.#log = log
  }

  add(listener: StreamingListener): void {
    if (!this.#listeners.includes(listener)) this.#listeners = [...this.#listeners, listener]
  }

  remove(listener: StreamingListener): void {
    this.#listeners = this.#listeners.filter((other) => other !== listener)
  }

  /** Queues an event for those who listen now. */
  post<Name extends keyof StreamingEvents>(name: Name, event: StreamingEvents[Name]): void {
    if (!this.listening) return
    const listeners = this.#listeners
    this.#queue.push(() => {
      for (const listener of listeners) this.#tell(listener, name, event)
    })
    this.#underWay ??= this.#deliver()
  }

  /** Resolves when everything posted so far is delivered. */
  async drained(): Promise<void> {
    await this.#underWay
  }

  /** Delivers what is queued; later events reach nobody. */
  async stop(): Promise<void> {
    this.#stopped = true
    await this.#underWay
  }

  async #deliver(): Promise<void> {
    await Promise.resolve()
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
      next()
      // A listener that posts or waits must not keep others from running.
      await Promise.resolve()
    }
    this.#underWay = undefined
  }

  #tell<Name extends keyof StreamingEvents>(
    listener: StreamingListener,
    name: Name,
    event: StreamingEvents[Name],
  ): void {
    this.#delivering = true
    try {
      const result: unknown = listener[name]?.(event)
      if (result instanceof Promise) result.catch((error: unknown) => this.#failed(name, error))
    } catch (error) {
      this.#failed(name, error)
    } finally {
      this.#delivering = false
    }
  }

  #failed(name: keyof StreamingEvents, error: unknown): void {
    this.#log?.warn('listener-failed', { event: name, error: messageOf(error) })
  }
}
