import type { ObjectInfo, ObjectUpload } from '../../ports/object-store.ts'
import { assert } from '../../util/assert.ts'
import { fileError } from './file-error.ts'
import { type TempFile, writeAll } from './temp-file.ts'

/** Small writes are collected up to this. */
const BUFFER_BYTES = 1024 * 1024

/** Streams into a temporary file; `finish` gives it its name. One call at a time. */
export class FileUpload implements ObjectUpload {
  readonly #path: string
  readonly #start: () => Promise<TempFile>
  readonly #finish: (temp: TempFile) => Promise<ObjectInfo>
  readonly #buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES)
  #buffered = 0
  #temp: TempFile | undefined
  #state: 'open' | 'busy' | 'ended' = 'open'
  #aborted = false

  constructor(path: string, start: () => Promise<TempFile>, finish: (temp: TempFile) => Promise<ObjectInfo>) {
    this.#path = path
    this.#start = start
    this.#finish = finish
  }

  async write(bytes: Uint8Array): Promise<void> {
    await this.#exclusively('open', async () => {
      if (this.#buffered + bytes.length > BUFFER_BYTES) await this.#flush()
      if (bytes.length > BUFFER_BYTES) return writeAll((await this.#file()).handle, bytes)
      this.#buffer.set(bytes, this.#buffered)
      this.#buffered += bytes.length
    })
  }

  async complete(): Promise<ObjectInfo> {
    return this.#exclusively('ended', async () => {
      await this.#flush()
      const temp = await this.#file()
      this.#temp = undefined
      return this.#finish(temp)
    })
  }

  async abort(): Promise<void> {
    this.#aborted = true
    this.#state = 'ended'
    const temp = this.#temp
    this.#temp = undefined
    await temp?.discard()
  }

  async #flush(): Promise<void> {
    if (this.#buffered === 0) return
    await writeAll((await this.#file()).handle, this.#buffer.subarray(0, this.#buffered))
    this.#buffered = 0
  }

  async #file(): Promise<TempFile> {
    this.#temp ??= await this.#start()
    return this.#temp
  }

  async #exclusively<T>(next: 'open' | 'ended', work: () => Promise<T>): Promise<T> {
    assert(this.#state === 'open', `an upload is written by one call at a time and not after its end: ${this.#path}`)
    this.#state = 'busy'
    try {
      const result = await work()
      if (this.#aborted) throw new Error('the upload was aborted meanwhile')
      this.#state = next
      return result
    } catch (error) {
      await this.abort()
      throw fileError(error, this.#path)
    }
  }
}
