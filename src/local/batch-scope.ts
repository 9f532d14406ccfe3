import { AsyncLocalStorage } from 'node:async_hooks'

/** Tells whether whoever asks is a function that a batch under way waits for, also after the function has awaited others. */
export class BatchScope {
  readonly #storage = new AsyncLocalStorage<{ underWay: boolean }>()

  /** Calls `evaluate`, which calls the functions of one batch. */
  async around<R>(evaluate: () => Promise<R>): Promise<R> {
    const batch = { underWay: true }
    try {
      return await this.#storage.run(batch, evaluate)
    } finally {
      batch.underWay = false
    }
  }

  /** False again for what such a function has left running, once its batch has been evaluated. */
  get isInside(): boolean {
    return this.#storage.getStore()?.underWay === true
  }
}
