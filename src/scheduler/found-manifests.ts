import type { BatchTime } from '../checkpoint/attempt.ts'
import { decodeSegmentOrManifest } from '../checkpoint/decode-record.ts'
import type { Head } from '../checkpoint/head.ts'
import type { Manifest } from '../checkpoint/manifest.ts'
import type { ObjectRef, Stored } from '../checkpoint/stored.ts'
import { attemptOfManifest } from '../checkpoint/stored-manifest.ts'
import type { ObjectStore } from '../ports/object-store.ts'
import { stretches } from './history.ts'
import { load } from './stored.ts'

/** A batch of one incarnation: a reset may begin at the very time of the last batch before it. */
export interface BatchToFind {
  readonly incarnation: number
  readonly batchTime: BatchTime
}

/** Manifests of committed batches. Each object is read once, and one walk goes back through the history, however many are asked for. */
export class FoundManifests {
  readonly objects: ObjectStore
  readonly #walk: AsyncGenerator<Stored<Manifest>>
  readonly #seen = new Map<string, Stored<Manifest>>()
  readonly #read = new Map<string, Promise<readonly Stored<Manifest>[]>>()
  #last: Promise<void> = Promise.resolve()

  constructor(objects: ObjectStore, head: Head) {
    this.objects = objects
    this.#walk = newestFirst(objects, head)
  }

  /** Found by the walk. */
  async inHistory(batch: BatchToFind): Promise<Stored<Manifest> | undefined> {
    this.#last = this.#last.then(() => this.#walkTo(batch))
    await this.#last
    return this.#seen.get(nameOf(batch))
  }

  /** Found in an object: a segment of the history, or the manifest itself. */
  async within(ref: ObjectRef, batch: BatchToFind): Promise<Stored<Manifest> | undefined> {
    const reading = this.#read.get(ref.key) ?? manifestsIn(this.objects, ref)
    this.#read.set(ref.key, reading)
    return (await reading).find((stored) => nameOf(attemptOfManifest(stored)) === nameOf(batch))
  }

  async #walkTo(batch: BatchToFind): Promise<void> {
    while (!this.#seen.has(nameOf(batch))) {
      const { value, done } = await this.#walk.next()
      if (done === true) return
      const attempt = attemptOfManifest(value)
      this.#seen.set(nameOf(attempt), value)
      if (attempt.batchTime < batch.batchTime) return
    }
  }
}

function nameOf({ incarnation, batchTime }: BatchToFind): string {
  return `${incarnation}/${batchTime}`
}

async function* newestFirst(objects: ObjectStore, head: Head): AsyncGenerator<Stored<Manifest>> {
  for await (const stretch of stretches(objects, head)) yield* stretch.manifests.toReversed()
}

/** A segment's manifests, or the one that is an object of its own. */
async function manifestsIn(objects: ObjectStore, ref: ObjectRef): Promise<readonly Stored<Manifest>[]> {
  const value = await load(objects, { kind: 'object', ref }, decodeSegmentOrManifest)
  return 'manifests' in value ? value.manifests : [{ kind: 'inline', value }]
}
