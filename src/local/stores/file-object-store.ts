import { type BigIntStats, constants } from 'node:fs'
import { copyFile, type FileHandle, rename, rmdir, unlink } from 'node:fs/promises'
import { dirname, join, sep } from 'node:path'
import type { Clock } from '../../ports/clock.ts'
import type {
  GetOptions,
  ListOptions,
  ObjectInfo,
  ObjectPlace,
  ObjectStore,
  ObjectUpload,
  PutIfAbsent,
  StoredObject,
} from '../../ports/object-store.ts'
import { objectChanged, objectMissing } from '../../util/object-errors.ts'
import { assertKeyPrefix, assertObjectKey, badKey } from '../../util/object-key.ts'
import { clampRange } from '../../util/object-range.ts'
import { pour } from '../../util/pour.ts'
import { SystemClock } from '../system-clock.ts'
import { DurableDirectories } from './durable-directory.ts'
import { removeEmptyDirectories } from './empty-directories.ts'
import { fileBody } from './file-body.ts'
import { errorCode, fileError, isAbsent, noSuchFile, notADirectory } from './file-error.ts'
import { objectInfo, stamp, stampAfter, statOrUndefined, timeMs } from './file-etag.ts'
import { listFiles } from './file-listing.ts'
import { fileUrl, pathOf } from './file-path.ts'
import { FileUpload } from './file-upload.ts'
import { isTempName, linkNew, type TempFile, writeAll } from './temp-file.ts'

const WINDOWS_FORBIDS = /[\\:*?"<>|]|[. ]$/

/**
 * Objects as files below a directory, which is made at the first write. Every write goes to a temporary file beside the
 * target, is made durable and then renamed (or, where nothing may be there yet, linked): a reader sees all of it or none,
 * and a kill leaves at most a file that listings leave out and the next writer removes.
 *
 * `copy` copies bytes (sharing them where the file system can, as Btrfs, XFS and APFS do) and never makes hard links:
 * this store never writes in place, but people do, and an edited output must not change the staged object that a replay
 * compares it with.
 *
 * @example
 * ```ts
 * const store = new FileObjectStore('data/checkpoint')
 * await store.put('a/b.json', new TextEncoder().encode('{}'))
 * ```
 */
export class FileObjectStore implements ObjectStore {
  readonly url: string
  readonly #root: string
  readonly #clock: Clock
  readonly #directories: DurableDirectories

  /** `directory`: a path or a `file://` URL. */
  constructor(directory: string, options: { readonly clock?: Clock } = {}) {
    this.#root = pathOf(directory)
    this.url = fileUrl(this.#root)
    this.#clock = options.clock ?? new SystemClock()
    this.#directories = new DurableDirectories(this.#root)
  }

  async exists(): Promise<boolean> {
    return this.#guarded(this.#root, async () => {
      const stats = await statOrUndefined(this.#root)
      if (stats !== undefined && !stats.isDirectory()) throw fileError(notADirectory(), this.#root)
      return stats !== undefined
    })
  }

  async put(key: string, body: Uint8Array): Promise<ObjectInfo> {
    const path = this.#path(key)
    return this.#replace(key, await this.#written(path, body))
  }

  async putIfAbsent(key: string, body: Uint8Array): Promise<PutIfAbsent> {
    const path = this.#path(key)
    const temp = await this.#written(path, body)
    return this.#guarded(path, () =>
      this.#directories.settle(temp, dirname(path), async (current): Promise<PutIfAbsent> => {
        const stats = await stampAfter(path, current.handle, this.#clock.now())
        await current.handle.sync()
        return (await linkNew(current, path)) ? { kind: 'created', info: objectInfo(key, stats) } : { kind: 'exists' }
      }),
    )
  }

  upload(key: string): ObjectUpload {
    const path = this.#path(key)
    const start = () => this.#directories.tempFile(dirname(path))
    return new FileUpload(path, start, (temp) => this.#replace(key, temp))
  }

  async get(key: string, options: GetOptions = {}): Promise<StoredObject | undefined> {
    clampRange(options.range, 0)
    const info = await this.head(key)
    if (info === undefined) return undefined
    const changed = () => objectChanged(`${this.url}/${key}`, options.ifMatch === undefined ? 'while-read' : 'if-match')
    if (options.ifMatch !== undefined && options.ifMatch !== info.etag) throw changed()
    return fileBody({ path: this.#path(key), info, changed, ...clampRange(options.range, info.sizeBytes) })
  }

  async head(key: string): Promise<ObjectInfo | undefined> {
    const path = this.#path(key)
    return this.#guarded(path, async () => {
      const stats = await statOrUndefined(path)
      return stats?.isFile() ? objectInfo(key, stats) : undefined
    })
  }

  list(prefix: string, options: ListOptions = {}): AsyncIterable<readonly ObjectInfo[]> {
    assertKeyPrefix(prefix)
    return listFiles(this.#root, prefix, options)
  }

  async delete(keys: readonly string[]): Promise<void> {
    const paths = keys.map((key) => this.#path(key))
    await Promise.all(paths.map((path) => this.#guarded(path, () => removeFile(path))))
    for (const directory of new Set(paths.map(dirname))) await removeEmptyDirectories(this.#root, directory)
  }

  async copy(from: ObjectPlace, to: string): Promise<ObjectInfo> {
    if (!(from.store instanceof FileObjectStore)) return this.#copyThrough(from, to)
    const source = from.store.#path(from.key)
    const path = this.#path(to)
    const url = `${from.store.url}/${from.key}`
    return this.#guarded(path, async () => {
      const before = await statOrUndefined(source)
      if (!before?.isFile()) throw objectMissing(url)
      const temp = await this.#directories.tempFile(dirname(path))
      return this.#directories.settle(temp, dirname(path), async (current) => {
        await copyFile(source, current.path, constants.COPYFILE_FICLONE)
        const after = await statOrUndefined(source)
        if (after?.mtimeNs !== before.mtimeNs || after.size !== before.size) throw objectChanged(url, 'while-read')
        const stats = await stamp(current.handle, timeMs(before))
        // Somebody took it for a leftover before it was opened by its name: the bytes are in another file of that name.
        if (stats.size !== before.size) throw noSuchFile()
        await current.handle.sync()
        await renameTo(current, path)
        return objectInfo(to, stats)
      })
    })
  }

  async #copyThrough(from: ObjectPlace, to: string): Promise<ObjectInfo> {
    const source = await from.store.get(from.key)
    if (source === undefined) throw objectMissing(`${from.store.url}/${from.key}`)
    const time = source.info.lastModifiedMs
    const path = this.#path(to)
    const finish = (temp: TempFile) => this.#replace(to, temp, (handle) => stamp(handle, time))
    return pour(source.body, new FileUpload(path, () => this.#directories.tempFile(dirname(path)), finish))
  }

  async #written(path: string, body: Uint8Array): Promise<TempFile> {
    return this.#guarded(path, async () => {
      const temp = await this.#directories.tempFile(dirname(path))
      try {
        await writeAll(temp.handle, body)
        return temp
      } catch (error) {
        await temp.discard()
        throw error
      }
    })
  }

  async #replace(key: string, temp: TempFile, stampNew = this.#stampAfter(key)): Promise<ObjectInfo> {
    const path = this.#path(key)
    return this.#guarded(path, () =>
      this.#directories.settle(temp, dirname(path), async (current) => {
        const stats = await stampNew(current.handle)
        await current.handle.sync()
        await renameTo(current, path)
        return objectInfo(key, stats)
      }),
    )
  }

  #stampAfter(key: string): (handle: FileHandle) => Promise<BigIntStats> {
    return (handle) => stampAfter(this.#path(key), handle, this.#clock.now())
  }

  /** Keys become paths below the root; none can leave it or meet a temporary file. */
  #path(key: string): string {
    assertObjectKey(key)
    for (const segment of key.split('/')) {
      if (isTempName(segment)) throw badKey('such names are for temporary files', key)
      if (sep === '\\' && WINDOWS_FORBIDS.test(segment)) throw badKey('Windows does not permit it', key)
    }
    return join(this.#root, key)
  }

  async #guarded<T>(path: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      throw fileError(error, path)
    }
  }
}

/** Renames over what is there; an empty directory of that name, left by a deletion, makes way. */
async function renameTo(temp: TempFile, path: string): Promise<void> {
  try {
    await rename(temp.path, path)
  } catch (error) {
    if (errorCode(error) !== 'EISDIR') throw error
    await rmdir(path).catch(() => {})
    await rename(temp.path, path)
  }
}

async function removeFile(path: string): Promise<void> {
  try {
    await unlink(path)
  } catch (error) {
    // A directory of that name is no object: EISDIR, or EPERM on some systems.
    const isDirectory = ['EISDIR', 'EPERM'].includes(errorCode(error) ?? '') && (await isDirectoryAt(path))
    if (!isAbsent(error) && !isDirectory) throw error
  }
}

async function isDirectoryAt(path: string): Promise<boolean> {
  return (await statOrUndefined(path))?.isDirectory() ?? false
}
