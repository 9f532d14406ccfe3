import type { BatchTime } from '../checkpoint/attempt.ts'
import type { ChangelogRef, SnapshotRef } from '../checkpoint/manifest.ts'
import type { ObjectRef } from '../checkpoint/stored.ts'
import { Changelog } from './changelog.ts'
import type { Gate } from './gate.ts'
import { stateCorrupt } from './state-corrupt.ts'

/**
 * Where stored state is read from; the scheduler brings it. Called only while tables are restored, a bounded number of times at
 * once, each object at most once a run. What they reject with reaches the caller of `table` as it is.
 */
export interface StateObjects {
  read(ref: ObjectRef): Promise<Uint8Array>
  /** The changelog that travels in the manifest of that batch. */
  inlineChanges(batchTime: BatchTime): Promise<Uint8Array>
}

/** One run's reads: every object once, however many tables want it. */
export class StateReads {
  readonly #objects: StateObjects
  readonly #gate: Gate
  readonly #changelogs = new Map<BatchTime, Promise<Changelog>>()
  readonly #snapshots = new Map<string, Promise<Uint8Array>>()

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

  snapshot(ref: SnapshotRef): Promise<Uint8Array> {
    return once(this.#snapshots, ref.object.key, () => this.#read(ref.object))
  }

  /** Lets go of a snapshot that its table has taken. */
  forget(ref: SnapshotRef): void {
    this.#snapshots.delete(ref.object.key)
  }

  async #read(ref: ObjectRef): Promise<Uint8Array> {
    const bytes = await this.#gate.run(() => this.#objects.read(ref))
    if (bytes.length === ref.sizeBytes) return bytes
    throw stateCorrupt(ref.key, `it has ${bytes.length} bytes, not ${ref.sizeBytes}`)
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
