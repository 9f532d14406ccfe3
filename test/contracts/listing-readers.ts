import assert from 'node:assert/strict'
import type { ObjectStore } from '../../src/ports/object-store.ts'
import { isSluiceError } from './rejection.ts'

const SUCCESS = '_SUCCESS'

/** The files of a directory, by name; bytes in hexadecimal. */
export type Directory = Readonly<Record<string, string>>

/** What somebody who lists the directory at once takes for output: nothing, unless it is closed. */
export async function closedDirectory(directory: ObjectStore): Promise<Directory | undefined> {
  if ((await directory.head(SUCCESS)) === undefined) return undefined
  const reader = new Reader(directory)
  while (await reader.step());
  return reader.taken
}

/**
 * Readers that list a directory page by page, a file a page, and read each file as it comes, while others write there: a new
 * one begins at every instant. Whoever has met `_SUCCESS` must have the whole batch, and its very bytes.
 */
export class ListingReaders {
  readonly #directory: ObjectStore
  readonly #most: number
  #reading: Reader[] = []

  constructor(directory: ObjectStore, { most }: { readonly most: number }) {
    this.#directory = directory
    this.#most = most
  }

  /** Each reads one file more. */
  async read(expected: unknown): Promise<void> {
    if (this.#reading.length < this.#most) this.#reading.push(new Reader(this.#directory))
    const reading = this.#reading
    this.#reading = []
    const going = await Promise.all(
      reading.map(async (reader) => {
        if (await reader.step()) return [reader]
        reader.check(expected)
        return []
      }),
    )
    this.#reading.push(...going.flat())
  }

  async finish(expected: unknown): Promise<void> {
    while (this.#reading.length > 0) {
      const reading = this.#reading
      this.#reading = []
      for (const reader of reading) {
        while (await reader.step());
        reader.check(expected)
      }
    }
  }
}

class Reader {
  readonly taken: Record<string, string> = {}
  readonly #directory: ObjectStore
  #after = ''

  constructor(directory: ObjectStore) {
    this.#directory = directory
  }

  /** Whether there may be more. */
  async step(): Promise<boolean> {
    const options = this.#after === '' ? {} : { startAfter: this.#after }
    for await (const [next] of this.#directory.list('', options)) {
      if (next === undefined) return false
      this.#after = next.key
      this.taken[next.key] = Buffer.from(await this.#bytesOf(next.key)).toString('hex')
      return true
    }
    return false
  }

  /** Who publishes late puts the same bytes in the place of a file that is being read: it is read again. */
  async #bytesOf(key: string): Promise<Uint8Array> {
    for (;;) {
      const object = await this.#directory.get(key)
      assert.ok(object, `listed, and gone: ${key}`)
      try {
        return await object.bytes()
      } catch (error) {
        if (!isSluiceError(error, 'object-changed', 'retryable')) throw error
      }
    }
  }

  check(expected: unknown): void {
    if (SUCCESS in this.taken) assert.deepEqual(this.taken, expected)
  }
}
