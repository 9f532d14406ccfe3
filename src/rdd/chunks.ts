import { ENOUGH } from './failure.ts'
import { CHUNK_RECORDS, type Node, type Task } from './node.ts'

/** A partition as chunks that are pulled: the producer waits, between chunks of its own, until the consumer asks for more. */
export async function* chunksOf<T>(node: Node<T>, partition: number, task: Task): AsyncGenerator<readonly T[]> {
  const exchange = new Exchange<T>(task)
  const producing = exchange.produce(node, partition)
  try {
    for (let chunk = await exchange.take(); chunk; chunk = await exchange.take()) yield chunk
  } finally {
    exchange.stop()
    await producing
  }
  exchange.throwIfFailed()
}

/** Between a producer that pushes and a consumer that pulls. */
class Exchange<T> {
  readonly #task: Task
  #buffer: T[] = []
  #ended = false
  #stopped = false
  #failure: { readonly cause: unknown } | undefined
  #wakeConsumer: (() => void) | undefined
  #wakeProducer: (() => void) | undefined

  constructor(task: Task) {
    this.#task = task
  }

  async produce(node: Node<T>, partition: number): Promise<void> {
    const emit = (record: T): void => {
      if (this.#stopped) throw ENOUGH
      this.#buffer.push(record)
    }
    try {
      await node.compute(partition, { ...this.#task, pause: () => this.#pause() }, emit)
    } catch (cause) {
      if (cause !== ENOUGH) this.#failure = { cause }
    }
    this.#ended = true
    this.#wakeConsumer?.()
  }

  /** The next chunk, `undefined` at the end. */
  async take(): Promise<readonly T[] | undefined> {
    while (this.#buffer.length < CHUNK_RECORDS && !this.#ended) {
      const woken = new Promise<void>((resolve) => {
        this.#wakeConsumer = resolve
      })
      this.#wakeProducer?.()
      await woken
    }
    const chunk = this.#buffer
    this.#buffer = []
    return chunk.length > 0 ? chunk : undefined
  }

  stop(): void {
    this.#stopped = true
    this.#wakeProducer?.()
  }

  throwIfFailed(): void {
    if (this.#failure) throw this.#failure.cause
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
