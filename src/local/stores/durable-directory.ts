import { mkdir, open, readdir, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { allDone } from '../../util/all-done.ts'
import { errorCode, fileError, notADirectory } from './file-error.ts'
import { isLeftover, TempFile } from './temp-file.ts'

/** Writes between two sweeps of a directory, and entries for each write more: a sweep then costs a write next to nothing. */
const SWEEP_WRITES = 16
const SWEEP_ENTRIES = 64
const MAX_REMEMBERED = 1000
/** Passes, unlike what else keeps a process from opening a directory. */
const TOO_MANY_OPEN: ReadonlySet<string | undefined> = new Set(['EMFILE', 'ENFILE'])
/** Another process may remove a directory just made, or a temporary file, but not this often in a row. */
const MAX_TRIES = 20

interface Known {
  /** Device, inode and time of birth: another one means that the directory was removed and made again. */
  readonly identity: string
  readonly sweepIn: number
}

/**
 * Writes files into directories below a root so that they survive a power failure: the file, the entry that names it and
 * every directory above it. Also removes what killed processes have left there.
 */
export class DurableDirectories {
  readonly #root: string
  readonly #known = new Map<string, Known>()
  #rootIsDurable = false

  constructor(root: string) {
    this.#root = root
  }

  /** Makes a temporary file in a directory, and the directory if need be. */
  async tempFile(directory: string): Promise<TempFile> {
    for (let tries = 1; ; tries++) {
      try {
        return await TempFile.create(directory)
      } catch (error) {
        if (errorCode(error) !== 'ENOENT' || tries === MAX_TRIES) throw fileError(error, directory)
      }
      await makeDirectories(directory)
    }
  }

  /**
   * Gives a temporary file its name by `place` (flush, then rename or link), and makes the name durable. `place` runs again
   * with a copy of the file if that was removed meanwhile. `meanwhile` has its name, and goes on beside making that durable.
   * Closes and removes the temporary file in any case.
   */
  async settle<T>(
    temp: TempFile,
    directory: string,
    place: (temp: TempFile) => Promise<T>,
    meanwhile: (placed: T) => Promise<unknown> = async () => {},
  ): Promise<T> {
    let current = temp
    try {
      for (let tries = 1; ; tries++) {
        try {
          const placed = await place(current)
          await allDone([this.sync(directory), meanwhile(placed), current.removeName()])
          return placed
        } catch (error) {
          if (errorCode(error) !== 'ENOENT' || tries === MAX_TRIES) throw error
        }
        await makeDirectories(directory)
        current = await current.again(directory)
      }
    } finally {
      await current.discard()
    }
  }

  /** Makes the entries of a directory durable, and those of the directories above it that lead to it. */
  async sync(directory: string): Promise<void> {
    const identity = await syncDirectory(directory)
    const known = this.#known.get(directory)
    const same = known?.identity === identity
    if (!same) await this.#syncAbove(directory)
    const sweepIn = same && known.sweepIn > 1 ? known.sweepIn - 1 : await this.#sweep(directory)
    if (this.#known.size >= MAX_REMEMBERED) this.#known.clear()
    this.#known.set(directory, { identity, sweepIn })
  }

  /** Above the root there may be directories that this user cannot open; then somebody else made them. */
  async #syncAbove(directory: string): Promise<void> {
    for (let above = directory; above !== this.#root; ) {
      above = dirname(above)
      await syncDirectory(above)
    }
    if (this.#rootIsDurable) return
    for (let above = this.#root; above !== dirname(above); ) {
      above = dirname(above)
      await syncDirectory(above).catch((error: unknown) => {
        if (TOO_MANY_OPEN.has(errorCode(error))) throw error
      })
    }
    this.#rootIsDurable = true
  }

  /** Removes what killed processes left; returns after how many writes to look again. */
  async #sweep(directory: string): Promise<number> {
    const names = await readdir(directory)
    await Promise.all(names.filter(isLeftover).map((name) => unlink(join(directory, name)).catch(() => {})))
    return SWEEP_WRITES + Math.ceil(names.length / SWEEP_ENTRIES)
  }
}

async function makeDirectories(directory: string): Promise<void> {
  try {
    await mkdir(directory, { recursive: true })
  } catch (error) {
    // EEXIST: a file has the name of the directory.
    const cause = errorCode(error) === 'ENOENT' ? await whyNotMade(directory, error) : error
    throw fileError(errorCode(cause) === 'EEXIST' ? notADirectory() : cause, directory)
  }
}

/** Node says ENOENT of a read-only file system as well, where it makes several directories; of one alone it says what is wrong. */
async function whyNotMade(directory: string, error: unknown): Promise<unknown> {
  try {
    await mkdir(directory)
    return error
  } catch (cause) {
    const above = dirname(directory)
    if (errorCode(cause) === 'ENOENT' && above !== directory) return whyNotMade(above, error)
    // Somebody else has made it, or removes what is made.
    return errorCode(cause) === 'EEXIST' ? error : cause
  }
}

/** Windows cannot open directories; its file systems keep names in their journal. */
async function syncDirectory(directory: string): Promise<string> {
  if (process.platform === 'win32') return directory
  const handle = await open(directory, 'r')
  try {
    const [stats] = await allDone([handle.stat({ bigint: true }), handle.sync()])
    return `${stats.dev}:${stats.ino}:${stats.birthtimeNs}`
  } finally {
    await handle.close()
  }
}
