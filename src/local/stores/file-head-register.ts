import { readdir, readFile, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { AppId } from '../../checkpoint/attempt.ts'
import type { Head } from '../../checkpoint/head.ts'
import { decodeHead, encodeHead, headCorrupt } from '../../checkpoint/head-json.ts'
import { checkAppId } from '../../checkpoint/names.ts'
import type { HeadRegister, Swapped } from '../../ports/head-register.ts'
import { allDone } from '../../util/all-done.ts'
import { assert } from '../../util/assert.ts'
import { crc32cHex } from '../../util/crc32c.ts'
import { isRetryable } from '../../util/errors.ts'
import { DurableDirectories } from './durable-directory.ts'
import { errorCode, fileError, isAbsent } from './file-error.ts'
import { fileUrl, pathOf } from './file-path.ts'
import { linkNew, type TempFile, writeAll } from './temp-file.ts'

/** Versions that stay beside the newest one; see the proof below. */
const KEPT_VERSIONS = 16
const VERSION_DIGITS = 16
const FILE_NAME = /^head\.(\d{16})$/
const MAX_READS = 100

/**
 * Heads as files `<directory>/<app>/head.<version>`, one file a version; the highest version is the head. Safe against
 * other processes and against being killed at any point. No lock files: nothing waits for, or judges, a dead process.
 *
 * A swap from n to n+1 writes a temporary file, makes it durable, **links** it to `head.<n+1>` (which fails if that
 * exists), and only then **looks** whether there is a higher version, beside making the directory durable. Old versions are
 * removed. Why a swap that answers `ok` was made while n was the head:
 *
 *   Renaming instead of linking has two winners: I and J both see v1, both rename to v2.
 *   Linking without looking has two winners, as old versions go away:
 *
 *       I  reads v1 ................................................ links v2: "ok", on a head that is long gone
 *       J            links v2, v3, …; removes v1, v2, …
 *
 *   With the look: suppose that I's link succeeds though n is not the head any more. Then some version above n existed
 *   before. The highest version is never removed, so there is a version above n+1 (at n+1 the link would have failed)
 *   when I looks. I sees it and answers `unknown`, which sends the caller to read back. That this answer may also go to
 *   a swap that was made properly and then overtaken is why it is not `conflict`.
 *
 *   A listing is not atomic, however: a directory can be listed while its files are replaced. A removed version must
 *   therefore be far below the highest: `KEPT_VERSIONS` lie between. To miss them all, one listing of some twenty names
 *   (a single system call) would have to last for as many swaps, each of which waits for the disk four times.
 *
 *   I's stray link of v2 hurts nobody: it is below the highest version, is never read, and goes with the other old ones.
 *
 * A file is complete before it gets its name, and carries a checksum. One that does not fit it was damaged by something
 * else; it is reported, not passed over in favour of an older version, which would take back what has been committed.
 */
export class FileHeadRegister implements HeadRegister {
  readonly url: string
  readonly #root: string
  readonly #directories: DurableDirectories

  /** `directory`: a path or a `file://` URL. */
  constructor(directory: string) {
    this.#root = pathOf(directory)
    this.url = fileUrl(this.#root)
    this.#directories = new DurableDirectories(this.#root)
  }

  async read(app: AppId): Promise<Head | undefined> {
    const directory = this.#directory(app)
    for (let reads = 1; ; reads++) {
      const highest = Math.max(0, ...(await versionsIn(directory)))
      if (highest === 0) return undefined
      try {
        return await this.#readVersion(app, highest)
      } catch (error) {
        // Gone since the listing, as the head has moved on by many versions.
        if (!isAbsent(error) || reads === MAX_READS) throw fileError(error, join(directory, fileName(highest)))
      }
    }
  }

  async swap(expected: number, next: Head): Promise<Swapped> {
    assert(next.version === expected + 1, `a swap goes from one version to the next: ${expected} to ${next.version}`)
    const directory = this.#directory(next.app)
    let linked = false
    try {
      const [versions, temp] = await this.#begun(directory)
      if (Math.max(0, ...versions) !== expected) {
        await temp.discard()
        return { kind: 'conflict' }
      }
      let found: Swapped = { kind: 'conflict' }
      const place = async (current: TempFile) => {
        // A copy has the bytes already: what fails for want of a name comes after the write.
        await (current === temp ? write(current, next) : current.handle.sync())
        linked = await linkNew(current, join(directory, fileName(next.version)))
      }
      const look = async () => {
        if (linked) found = await this.#look(directory, next.version)
      }
      await this.#directories.settle(temp, directory, place, look)
      return found
    } catch (error) {
      const cause = fileError(error, directory)
      if (linked || isRetryable(cause)) return { kind: 'unknown', cause }
      throw cause
    }
  }

  /** Looks at the versions beside making a temporary file, which goes if that fails. */
  async #begun(directory: string): Promise<readonly [number[], TempFile]> {
    const making = this.#directories.tempFile(directory)
    try {
      return await allDone([versionsIn(directory), making])
    } catch (error) {
      await making.then((temp) => temp.discard()).catch(() => {})
      throw error
    }
  }

  async #look(directory: string, version: number): Promise<Swapped> {
    const versions = await versionsIn(directory)
    const overtaken = versions.some((other) => other > version)
    if (overtaken) return { kind: 'unknown', cause: `version ${version} was linked below a higher one in ${directory}` }
    const old = versions.filter((other) => other < version - KEPT_VERSIONS)
    await Promise.all(old.map((other) => unlink(join(directory, fileName(other))).catch(() => {})))
    return { kind: 'ok' }
  }

  async #readVersion(app: AppId, version: number): Promise<Head> {
    const directory = this.#directory(app)
    const path = join(directory, fileName(version))
    const head = decodeHead(unseal(await readFile(path, 'utf8'), path), path)
    if (head.app !== app) throw headCorrupt(`it is of another application, ${head.app}`, path)
    if (head.version !== version) throw headCorrupt(`it holds version ${head.version}`, path)
    // Whoever linked it may not have made the name durable yet; what is read must not be taken back by a power failure.
    await this.#directories.sync(directory)
    return head
  }

  #directory(app: AppId): string {
    return join(this.#root, checkAppId(app))
  }
}

async function versionsIn(directory: string): Promise<number[]> {
  try {
    const names = await readdir(directory)
    return names.map((name) => versionOf(name, directory)).filter((version) => version > 0)
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return []
    throw fileError(error, directory)
  }
}

/** Of a file of another name: 0. Versions are counted, so none comes near to what a number can no longer tell from its neighbours. */
function versionOf(name: string, directory: string): number {
  const version = Number(FILE_NAME.exec(name)?.[1] ?? 0)
  if (Number.isSafeInteger(version)) return version
  throw headCorrupt(
    'this file has a version that no head comes to; if something else has put it there, move it away',
    join(directory, name),
  )
}

function fileName(version: number): string {
  return `head.${String(version).padStart(VERSION_DIGITS, '0')}`
}

async function write(temp: TempFile, head: Head): Promise<void> {
  await writeAll(temp.handle, seal(encodeHead(head)))
  await temp.handle.sync()
}

/** `sluice-head 1 <CRC-32C>`, a line feed, the JSON. */
function seal(json: string): Uint8Array {
  const body = Buffer.from(json)
  return Buffer.concat([Buffer.from(`sluice-head 1 ${crc32cHex(body)}\n`), body])
}

function unseal(text: string, path: string): string {
  const [, checksum, body] = /^sluice-head 1 ([0-9a-f]{8})\n(.*)$/s.exec(text) ?? []
  if (checksum === undefined || body === undefined) throw headCorrupt('its first line is not that of a head', path)
  if (crc32cHex(Buffer.from(body)) !== checksum) throw headCorrupt('its checksum does not fit its content', path)
  return body
}
