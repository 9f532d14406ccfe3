import { existsSync, mkdirSync, renameSync } from 'node:fs'
import { dirname } from 'node:path'
import { AppendFile } from '../storage/append-file.ts'

/** Entries that may have become stale before the file is written anew. */
const SLACK_ENTRIES = 10_000

/** Changes in the order in which they were made, in one file: the last whole frame is the last change that was made. */
export class Journal<C> {
  readonly #path: string
  #file: AppendFile | undefined
  #entries = 0
  #rewriteAt = SLACK_ENTRIES

  constructor(path: string) {
    this.#path = path
  }

  recover(): readonly C[] {
    mkdirSync(dirname(this.#path), { recursive: true })
    if (!existsSync(this.#path)) {
      this.#file = AppendFile.create(this.#path)
      return []
    }
    const { file, payloads } = AppendFile.recover(this.#path)
    this.#file = file
    const changes = payloads.flatMap((payload) => JSON.parse(payload.toString('utf8')) as C[])
    this.#entries = changes.length
    return changes
  }

  /** Appends changes as one frame; `state` gives all that holds before them, for when the file has grown too long. */
  append(changes: readonly C[], state: () => Iterable<C>): void {
    if (this.#entries >= this.#rewriteAt) this.#rewrite(state())
    this.#file?.append([Buffer.from(JSON.stringify(changes))])
    this.#entries += changes.length
  }

  close(): void {
    this.#file?.close()
    this.#file = undefined
  }

  #rewrite(state: Iterable<C>): void {
    const fresh = `${this.#path}.new`
    const file = AppendFile.create(fresh)
    let entries = 0
    for (const change of state) {
      file.append([Buffer.from(JSON.stringify([change]))])
      entries += 1
    }
    renameSync(fresh, this.#path)
    this.#file?.close()
    this.#file = file
    this.#entries = entries
    this.#rewriteAt = entries * 3 + SLACK_ENTRIES
  }
}
