import type { BatchTime } from '../checkpoint/attempt.ts'
import type { ChangelogRef, SnapshotRef } from '../checkpoint/manifest.ts'
import type { ObjectRef } from '../checkpoint/stored.ts'
import type { ByteSpan } from '../util/value-reader.ts'
import { Changelog } from './changelog.ts'
import type { Gate } from './gate.ts'
import { joinedBytes } from './snapshot-pieces.ts'
import { stateCorrupt } from './state-corrupt.ts'
import type { StoredBytes } from './stored-parts.ts'
import { StoredSnapshot } from './stored-snapshot.ts'

/**
 * Where stored state is read from; the scheduler brings it. Called only while tables are restored, a bounded number of times at
 * once, each object at most once a run. What they reject with reaches the caller of `table` as it is.
 */
export interface StateObjects {
  /** The whole object, checked; or the bytes from `start` to before `end`, as they are. */
  read(ref: ObjectRef, range?: ByteSpan): Promise<Uint8Array>
  /** The changelog that travels in the manifest of that batch. */
  inlineChanges(batchTime: BatchTime): Promise<Uint8Array>
}

/** One run's reads: every object once, however many tables want it. */
export class StateReads {
  readonly #objects: StateObjects
  readonly #gate: Gate
  readonly #changelogs = new Map<BatchTime, Promise<Changelog>>()
  readonly #snapshots = new Map<string, Promise<StoredSnapshot>>()

  constructor(objects: StateObjects, gate: Gate) {
    this.#objects = objects
    this.#gate = gate
  }

  changelog(ref: ChangelogRef): Promise<Changelog> {
    return once(this.#changelogs, ref.batchTime, async () => {
      const { object, batchTime } = ref
      const name = object?.key ?? `the changes inline in the manifest of batch ${batchTime}`
      const bytes = object
        ? await this.#read(object)
        : await this.#gate.run(() => this.#objects.inlineChanges(batchTime))
      const changelog = new Changelog(bytes, name)
      if (changelog.batchTime === batchTime) return changelog
      throw stateCorrupt(name, `it holds the changes of batch ${changelog.batchTime}, not ${batchTime}`)
    })
  }

  /** A snapshot whose index was read. */
  snapshot(ref: SnapshotRef): Promise<StoredSnapshot> {
    return once(this.#snapshots, ref.object.key, () => StoredSnapshot.open(this.snapshotBytes(ref)))
  }

  /** A snapshot that is read in ranges, in however many pieces it is. */
  snapshotBytes(ref: SnapshotRef): StoredBytes {
    const [earlier, last] = [ref.earlier ?? [], this.#bytes(ref.object)]
    return joinedBytes([...earlier.map((piece) => this.#bytes(piece)), last])
  }

  #bytes(ref: ObjectRef): StoredBytes {
    const { key: name, sizeBytes } = ref
    return { name, sizeBytes, read: (start, end) => this.#read(ref, { start, end }) }
  }

  async #read(ref: ObjectRef, range?: ByteSpan): Promise<Uint8Array> {
    const bytes = await this.#gate.run(() => this.#objects.read(ref, range))
    const wanted = range ? range.end - range.start : ref.sizeBytes
    if (bytes.length === wanted) return bytes
    throw stateCorrupt(ref.key, `it gives ${bytes.length} bytes, not ${wanted}`)
  }
}

/** What failed is tried again when it is asked for again. */
function once<K, V>(calls: Map<K, Promise<V>>, key: K, call: () => Promise<V>): Promise<V> {
  const earlier = calls.get(key)
  if (earlier) return earlier
  const promise = call()
  calls.set(key, promise)
  promise.catch(() => calls.delete(key))
  return promise
}
