import type { Dirent } from 'node:fs'
import { readdir, stat, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { ListOptions, ObjectInfo } from '../../ports/object-store.ts'
import { SluiceError } from '../../util/errors.ts'
import { compareUtf8 } from '../../util/utf8-order.ts'
import { removeEmptyDirectories } from './empty-directories.ts'
import { errorCode, fileError, isAbsent } from './file-error.ts'
import { objectInfo } from './file-etag.ts'
import { isLeftover, isTempName } from './temp-file.ts'

const PAGE_KEYS = 1000

/**
 * Lists the files below `root` whose path begins with `prefix`, ordered by the bytes of the whole path. Holds the names of
 * one directory a level in memory, not the tree. Files that vanish meanwhile are left out. A symbolic link to a file
 * counts as that file; one to a directory is refused, as it may lead in a circle.
 */
export async function* listFiles(root: string, prefix: string, options: ListOptions): AsyncGenerator<ObjectInfo[]> {
  let page: string[] = []
  for await (const key of walk(root, prefix, options)) {
    page.push(key)
    if (page.length < PAGE_KEYS) continue
    yield* statPage(root, page)
    page = []
  }
  yield* statPage(root, page)
}

async function* walk(root: string, prefix: string, options: ListOptions): AsyncGenerator<string> {
  const slash = prefix.lastIndexOf('/')
  const folder = prefix.slice(0, slash + 1)
  const after = options.startAfter ?? ''
  for (const entry of await entriesOf(root, folder, options)) {
    const name = entry.isDirectory ? `${entry.name}/` : entry.name
    const path = folder + name
    if (!name.startsWith(prefix.slice(slash + 1)) && !(entry.isDirectory && path.startsWith(prefix))) continue
    if (!entry.isDirectory) {
      if (compareUtf8(path, after) > 0) yield path
    } else if (options.delimiter === undefined && (after.startsWith(path) || compareUtf8(path, after) > 0)) {
      yield* walk(root, path, options)
    }
  }
}

interface Entry {
  readonly name: string
  readonly isDirectory: boolean
}

/** A directory sorts as its name with `/`, as that is what its keys go on with: `a-b` < `a/x` < `a0`. */
async function entriesOf(root: string, folder: string, { sweep }: ListOptions): Promise<Entry[]> {
  const path = join(root, folder)
  let found: Dirent[]
  try {
    found = await readdir(path, { withFileTypes: true })
  } catch (error) {
    // A file in the way of the prefix means no objects, one in the place of the store a mistake.
    if (errorCode(error) === 'ENOENT' || (errorCode(error) === 'ENOTDIR' && folder !== '')) return []
    throw fileError(error, path)
  }
  if (sweep === true) await removeLeftovers(root, path, found)
  const entries: [order: string, entry: Entry][] = []
  for (const item of found) {
    if (isTempName(item.name)) continue
    const isDirectory = item.isDirectory()
    if (!isDirectory && !item.isFile()) await assertLinkToFile(join(path, item.name))
    entries.push([isDirectory ? `${item.name}/` : item.name, { name: item.name, isDirectory }])
  }
  return entries.sort(([a], [b]) => compareUtf8(a, b)).map(([, entry]) => entry)
}

/** Writers remove them from directories that they write to; those of an attempt or a receiver that is gone see no writer again. */
async function removeLeftovers(root: string, directory: string, found: readonly Dirent[]): Promise<void> {
  const left = found.filter(({ name }) => isLeftover(name))
  await Promise.all(left.map(({ name }) => unlink(join(directory, name)).catch(() => {})))
  if (left.length > 0 && left.length === found.length) await removeEmptyDirectories(root, directory)
}

async function assertLinkToFile(path: string): Promise<void> {
  let reason: string
  try {
    const stats = await stat(path)
    if (stats.isFile()) return
    reason = stats.isDirectory() ? 'a symbolic link to a directory' : 'a pipe, socket or device'
  } catch (error) {
    if (!isAbsent(error)) throw fileError(error, path)
    reason = 'a symbolic link that leads nowhere, or no valid UTF-8'
  }
  throw unreadable(reason, path)
}

function unreadable(reason: string, path: string): SluiceError {
  return new SluiceError({
    code: 'unreadable-entry',
    kind: 'invalid',
    message: `This cannot be read as an object, as it is ${reason}; move it out of the directory: ${path}`,
  })
}

async function* statPage(root: string, keys: readonly string[]): AsyncGenerator<ObjectInfo[]> {
  const infos = await Promise.all(keys.map((key) => infoOf(root, key)))
  const present = infos.filter((info) => info !== undefined)
  if (present.length > 0) yield present
}

async function infoOf(root: string, key: string): Promise<ObjectInfo | undefined> {
  const path = join(root, key)
  try {
    const stats = await stat(path, { bigint: true })
    return stats.isFile() ? objectInfo(key, stats) : undefined
  } catch (error) {
    // Bytes that are no UTF-8 arrive here as U+FFFD, under a name that does not exist.
    if (isAbsent(error) && key.includes('\uFFFD')) throw unreadable('a file whose name is not valid UTF-8', path)
    if (isAbsent(error)) return undefined
    throw fileError(error, path)
  }
}
