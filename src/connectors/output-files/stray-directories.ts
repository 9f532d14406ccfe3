import type { ListOptions, ObjectStore, Storage } from '../../ports/object-store.ts'
import type { PlacedBatch } from '../../ports/sink.ts'
import { batchDirectory, type DirectoryName, SUCCESS } from './batch-directory.ts'

interface StrayOptions {
  readonly published: readonly PlacedBatch[]
  readonly signal: AbortSignal
}

/**
 * Directories of an output that are closed, are of a later batch time than the first that is known to be published, and are
 * none of these. Where none is, as in the working directory of somebody else, nothing is told. All that lies in the directories is
 * listed, in one listing, as most stores have no other way to find them.
 */
export async function strayDirectories(
  name: DirectoryName,
  storage: Storage,
  { published, signal }: StrayOptions,
): Promise<readonly PlacedBatch[]> {
  const placeOf = (batchTime: number) => storage.open(batchDirectory(name, batchTime)).url
  const own = published.filter(({ batchTime, destination }) => storage.open(destination).url === placeOf(batchTime))
  const known = new Set(own.map(({ batchTime }) => batchTime))
  const oldest = own.reduce((least, { batchTime }) => Math.min(least, batchTime), Number.POSITIVE_INFINITY)
  const row = own.length === 0 ? undefined : rowOf(name, placeOf(oldest), oldest)
  if (row === undefined) return []
  const found: PlacedBatch[] = []
  for await (const batchTime of closedTimes(storage.open(row.parent), row, { oldest, signal }))
    if (batchTime > oldest && !known.has(batchTime)) found.push({ batchTime, destination: placeOf(batchTime) })
  return found
}

/** How the directories of one output are called that lie beside each other. */
interface Row {
  readonly parent: string
  readonly before: string
  readonly after: string
}

/** `undefined` where their names begin with nothing by which they could be listed, or the time is not in the last part of them. */
function rowOf({ suffix }: DirectoryName, place: string, batchTime: number): Row | undefined {
  const slash = place.lastIndexOf('/')
  const last = place.slice(slash + 1)
  const name = /^file:/i.test(place) ? decodeURIComponent(last) : last
  const after = suffix === '' ? '' : `.${suffix}`
  const before = name.slice(0, -`${batchTime}${after}`.length)
  if (before === '' || name !== `${before}${batchTime}${after}`) return undefined
  return { parent: place.slice(0, slash), before, after }
}

const NUMBER = /^(0|[1-9]\d{0,14})$/

async function* closedTimes(
  store: ObjectStore,
  { before, after }: Row,
  { oldest, signal }: { readonly oldest: number; readonly signal: AbortSignal },
): AsyncGenerator<number> {
  const end = `${after}/${SUCCESS}`
  for await (const page of store.list(before, fromTime(before, oldest))) {
    signal.throwIfAborted()
    for (const { key } of page) {
      // No digit, and none comes after it.
      if (key.slice(before.length) > ':') return
      const time = key.slice(before.length, -end.length)
      if (key.endsWith(end) && NUMBER.test(time)) yield Number(time)
    }
  }
}

/** Of times with as many digits, which are all from 2001 until 2286, the order of names is that of times. */
function fromTime(before: string, oldest: number): ListOptions {
  return oldest >= 1_000_000_000_000 ? { startAfter: `${before}${oldest}` } : {}
}
