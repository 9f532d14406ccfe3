import { createHash, randomBytes } from 'node:crypto'
import { type FileHandle, link, open, unlink } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { errorCode } from './file-error.ts'

/** No key may have a segment that begins so; listings leave such names out. */
const TEMP_PREFIX = '.~sluice-'

const HOST = createHash('sha256').update(hostname()).digest('hex').slice(0, 8)
const NONCE = randomBytes(6).toString('hex')
const OWN_PREFIX = `${TEMP_PREFIX}${HOST}-${process.pid}-${NONCE}-`

let made = 0

export function isTempName(name: string): boolean {
  return name.startsWith(TEMP_PREFIX)
}

/**
 * Whether a temporary file was left by a process that has ended. Deleting one that is still in use is safe, as its owner
 * notices and writes it again (`TempFile.again`); asking whether the process lives only saves that work. A process
 * identifier used again by another process delays the deletion, no more; the nonce tells own files from those of a
 * predecessor with the same identifier, as in a container that was started again.
 */
export function isLeftover(name: string): boolean {
  if (!isTempName(name) || name.startsWith(OWN_PREFIX)) return false
  const [host, pid] = name.slice(TEMP_PREFIX.length).split('-')
  return host !== HOST || Number(pid) === process.pid || !isAlive(Number(pid))
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return errorCode(error) === 'EPERM'
  }
}

/** A file that no reader looks at, in the directory where it will get its name. Whoever makes it closes it. */
export class TempFile {
  readonly path: string
  readonly handle: FileHandle
  #named = true

  private constructor(path: string, handle: FileHandle) {
    this.path = path
    this.handle = handle
  }

  static async create(directory: string): Promise<TempFile> {
    const path = join(directory, `${OWN_PREFIX}${made++}`)
    return new TempFile(path, await open(path, 'wx+'))
  }

  /**
   * The same bytes in a new file, for the case that another host's process took this one for a leftover: the bytes live
   * as long as the handle.
   */
  async again(directory: string): Promise<TempFile> {
    const copy = await TempFile.create(directory)
    try {
      await copyBytes(this.handle, copy.handle)
    } catch (error) {
      await copy.discard()
      throw error
    }
    await this.discard()
    return copy
  }

  /** Closes the file and removes it, if it still has its temporary name. Never rejects. */
  async discard(): Promise<void> {
    await Promise.all([this.handle.close().catch(() => {}), this.removeName()])
  }

  /** The bytes live on under the name that they were given, and as long as the handle. Never rejects. */
  async removeName(): Promise<void> {
    if (this.#named) await unlink(this.path).catch(() => {})
    this.#named = false
  }
}

async function copyBytes(from: FileHandle, to: FileHandle): Promise<void> {
  const buffer = Buffer.allocUnsafe(1024 * 1024)
  for (let position = 0; ; ) {
    const { bytesRead } = await from.read(buffer, 0, buffer.length, position)
    if (bytesRead === 0) return
    await writeAll(to, buffer.subarray(0, bytesRead))
    position += bytesRead
  }
}

/** A single `write` may take less than it is given. */
export async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done)
    done += bytesWritten
  }
}

/**
 * Gives the file its name if that is free. A network file system can lose the answer to a link that it made and report
 * that the name exists when asked again; the number of links tells, as nothing else links to a temporary file.
 */
export async function linkNew(temp: TempFile, path: string): Promise<boolean> {
  try {
    await link(temp.path, path)
    return true
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error
    return (await temp.handle.stat()).nlink === 2
  }
}
