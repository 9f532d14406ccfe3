import { passingShadowsPrefix, replayFolder } from '../checkpoint/names.ts'
import { shadowAgeMs } from '../checkpoint/retention.ts'
import type { ListOptions, ObjectInfo } from '../ports/object-store.ts'
import { compareUtf8 } from '../util/utf8-order.ts'
import type { Runtime } from './runtime.ts'

/**
 * Tells of which replays nothing has been written for so long that what they wrote goes (`shadows-end`). A range counts as one: with
 * state that is carried on, its last batch reads what the first wrote. A listing of its own, which is as far ahead of whoever asks as
 * the last file of the replay that is asked for.
 */
export class ReplayEnds {
  readonly #pages: AsyncIterator<readonly ObjectInfo[]>
  /** As of the beginning: what is listed later is not older for that. */
  readonly #endedBeforeMs: number
  readonly #lastWritten = new Map<string, number>()
  /** The last name that was listed, `undefined` when all have been. */
  #at: string | undefined = ''

  /** `from` lies at the beginning of a replay: the rest of one would not say when it was written last. */
  constructor({ app, checkpoint, clock, retention }: Runtime, from: ListOptions) {
    this.#pages = checkpoint.list(passingShadowsPrefix(app), from)[Symbol.asyncIterator]()
    this.#endedBeforeMs = clock.now() - shadowAgeMs(retention)
  }

  /** The replays that have ended, of those with files on this page; `undefined`: `goOn` ended it before all of them was seen. */
  async among(page: readonly ObjectInfo[], goOn: () => boolean): Promise<ReadonlySet<string> | undefined> {
    const folders = new Set(page.flatMap(({ key }) => replayFolder(key) ?? []))
    for (const folder of folders) {
      while (!this.#hasPassed(folder)) {
        if (!goOn()) return undefined
        this.#note((await this.#pages.next()).value)
      }
    }
    return new Set([...folders].filter((folder) => this.#hasEnded(folder)))
  }

  #hasPassed(folder: string): boolean {
    return this.#at === undefined || (compareUtf8(this.#at, folder) > 0 && !this.#at.startsWith(folder))
  }

  /** One that began behind the listing has not been seen. */
  #hasEnded(folder: string): boolean {
    return (this.#lastWritten.get(folder) ?? Number.POSITIVE_INFINITY) < this.#endedBeforeMs
  }

  #note(page: readonly ObjectInfo[] | undefined): void {
    for (const { key, lastModifiedMs } of page ?? []) {
      const folder = replayFolder(key)
      if (folder !== undefined) {
        this.#lastWritten.set(folder, Math.max(lastModifiedMs, this.#lastWritten.get(folder) ?? 0))
      }
    }
    this.#at = page?.at(-1)?.key
  }
}
