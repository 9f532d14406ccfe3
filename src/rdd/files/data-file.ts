import picomatch from 'picomatch'
import type { ObjectInfo, ObjectStore, Storage } from '../../ports/object-store.ts'
import { SluiceError } from '../../util/errors.ts'
import { isFolderKey } from '../../util/object-key.ts'

/** A file that a dataset is read from, as it was when the dataset was made. */
export interface DataFile {
  readonly store: ObjectStore
  readonly info: ObjectInfo
  readonly url: string
}

const SPECIAL = /[*?[\]{}]/

/**
 * The files of a path, in the order of their names: a file, the files directly in a directory (but those whose names
 * begin with `_` or `.`), a glob of either, or several of these with commas between them. Refuses a path where there is
 * nothing with code `input-path-missing`.
 */
export async function filesOf(storage: Storage, paths: string): Promise<DataFile[]> {
  const found: DataFile[] = []
  const parts = splitPaths(paths)
  if (parts.length === 0) throw missing(paths, 'Can not create a Path from an empty string')
  // One by one: of more files than a call takes arguments, too.
  for (const path of parts) for (const file of await filesAt(storage, path)) found.push(file)
  return found
}

/** At commas, but those within `{a,b}`. */
function splitPaths(paths: string): string[] {
  const parts = paths.match(/(?:\{[^}]*\}|[^,{]|\{)+/g) ?? []
  return parts.map((path) => path.trim()).filter((path) => path !== '')
}

async function filesAt(storage: Storage, path: string): Promise<DataFile[]> {
  const url = path.replace(/(?<=[^:/])\/+$/, '')
  if (SPECIAL.test(url)) return globbed(storage, url)
  const place = parentOf(url)
  if (place) {
    const store = storage.open(place.parent)
    const info = await store.head(place.name)
    if (info) return [fileOf(store, info)]
  }
  const store = storage.open(url)
  const files = await listed(store, '', (key) => !key.includes('/'))
  if (files.length === 0 && !(await isEmptyDirectory(store))) throw missing(path)
  return files
}

async function globbed(storage: Storage, url: string): Promise<DataFile[]> {
  const slash = url.lastIndexOf('/', url.search(SPECIAL))
  const base = slash < 0 ? '.' : url.slice(0, Math.max(slash, 1))
  if (base.endsWith('/') && base.length > 1) throw missing(url)
  const pattern = url.slice(slash + 1)
  const prefix = pattern.slice(0, pattern.search(SPECIAL))
  const matches = picomatch([pattern, `${pattern}/*`])
  const store = storage.open(base)
  const files = await listed(store, prefix, (key) => matches(key))
  if (files.length === 0) throw missing(url, 'Input Pattern matches 0 files')
  return files
}

async function listed(store: ObjectStore, prefix: string, matches: (key: string) => boolean): Promise<DataFile[]> {
  const files: DataFile[] = []
  for await (const page of store.list(prefix)) {
    for (const info of page) {
      if (matches(info.key) && !isFolderKey(info.key) && !isHidden(info.key)) files.push(fileOf(store, info))
    }
  }
  return files
}

function isHidden(key: string): boolean {
  return /^[_.]/.test(key.slice(key.lastIndexOf('/') + 1))
}

function fileOf(store: ObjectStore, info: ObjectInfo): DataFile {
  return { store, info, url: `${store.url}/${info.key}` }
}

/** A prefix in a bucket is always there; without any object it is no directory. */
async function isEmptyDirectory(store: ObjectStore): Promise<boolean> {
  return store.url.startsWith('file:') && (await store.exists())
}

/** Nothing for the root of a scheme, `s3://bucket`, in which no single name is left. */
function parentOf(url: string): { readonly parent: string; readonly name: string } | undefined {
  const slash = url.lastIndexOf('/')
  if (slash < 0) return { parent: '.', name: url }
  const parent = url.slice(0, Math.max(slash, 1))
  return /^[a-z][a-z0-9+.-]+:\/{0,2}$/i.test(parent) ? undefined : { parent, name: url.slice(slash + 1) }
}

function missing(path: string, what = 'Input path does not exist'): SluiceError {
  return new SluiceError({ code: 'input-path-missing', kind: 'invalid', message: `${what}; correct it: ${path}` })
}
