import { ENOUGH } from './failure.ts'
import { CHUNK_RECORDS, type Node, type Task } from './node.ts'

/** A partition as chunks that are pulled: the producer waits, between chunks of its own, until the consumer asks for more. */
export function chunksOf<T>(node: Node<T>, partition: number, task: Task): Exchange<T> {
  return new Exchange(node, partition, task)
}

const END = { done: true, value: undefined } as const

/**
 * Between a producer that pushes, from the first pull on, and a consumer that pulls, one chunk at a time. No generator, which
 * would cost a small partition more promises than it has records.
 */
class Exchange<T> implements AsyncIterableIterator<readonly T[], undefined> {
  readonly #node: Node<T>
  readonly #partition: number
  readonly #task: Task
  #producing: Promise<void> | undefined
  #buffer: T[] = []
  #ended = false
  #stopped = false
  #failure: { readonly cause: unknown } | undefined
  #wakeConsumer: (() => void) | undefined
  #wakeProducer: (() => void) | undefined

  constructor(node: Node<T>, partition: number, task: Task) {
    this.#node = node
    this.#partition = partition
    this.#task = task
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async next(): Promise<IteratorResult<readonly T[], undefined>> {
    if (this.#stopped) return END
    this.#producing ??= this.#produce()
    while (this.#buffer.length < CHUNK_RECORDS && !this.#ended) await this.#more()
    const chunk = this.#buffer
    this.#buffer = []
    if (chunk.length > 0) return { done: false, value: chunk }
    if (this.#failure) throw this.#failure.cause
    return END
  }

  /** No more is wanted: resolves when the producer has ended, however that ends. */
  async return(): Promise<IteratorResult<readonly T[], undefined>> {
    this.#stopped = true
    this.#wakeProducer?.()
    await this.#producing
    return END
  }

  /** Never rejects: what fails is told when the records before it have been taken. */
  async #produce(): Promise<void> {
    const task = { ...this.#task, pause: () => this.#pause() }
    const emit = (record: T): void => {
      if (this.#stopped) throw ENOUGH
      this.#buffer.push(record)
    }
    try {
      const computed = this.#node.compute(this.#partition, task, emit)
      if (computed instanceof Promise) await computed
    } catch (cause) {
      if (cause !== ENOUGH) this.#failure = { cause }
    }
    this.#ended = true
    this.#wakeConsumer?.()
  }

  #more(): Promise<void> {
    const woken = new Promise<void>((resolve) => {
      this.#wakeConsumer = resolve
    })
    this.#wakeProducer?.()
    return woken
  }

  #pause(): Promise<void> | undefined {
    if (this.#stopped) throw ENOUGH
    return this.#buffer.length < CHUNK_RECORDS ? this.#task.pause() : this.#handOver()
  }

  async #handOver(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#wakeProducer = resolve
      this.#wakeConsumer?.()
    })
    this.#wakeProducer = undefined
    if (this.#stopped) throw ENOUGH
    await this.#task.pause()
  }
}
