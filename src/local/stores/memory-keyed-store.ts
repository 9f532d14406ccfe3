import type { KeyedStore, KeyedWrite } from '../../ports/keyed-store.ts'

/**
 * Items in this process's memory, for tests and throw-away runs.
 *
 * @example
 * ```ts
 * const store = new MemoryKeyedStore()
 * await store.write({ key: 'row', mark: '2', value: '7' }) // 'written'
 * await store.write({ key: 'row', mark: '1', value: '3' }) // 'older'
 * await store.read('row') // '7'
 * store.items // { row: '7' }
 * ```
 */
export class MemoryKeyedStore implements KeyedStore {
  readonly url = 'memory://keyed'
  readonly #items = new Map<string, KeyedWrite>()

  /** Values by key, in the order of the keys, without what was deleted. */
  get items(): Readonly<Record<string, string>> {
    const there = [...this.#items.values()].flatMap(({ key, value }) => (value === undefined ? [] : [[key, value]]))
    return Object.fromEntries(there.sort())
  }

  /** Writes unless a newer batch has; a deletion leaves its mark. */
  async write(write: KeyedWrite): Promise<'written' | 'older'> {
    const newest = this.#items.get(write.key)?.mark
    if (newest !== undefined && newest > write.mark) return 'older'
    this.#items.set(write.key, write)
    return 'written'
  }

  /** The value as JSON; `undefined` if there is none, or it was deleted. */
  async read(key: string): Promise<string | undefined> {
    return this.#items.get(key)?.value
  }
}
