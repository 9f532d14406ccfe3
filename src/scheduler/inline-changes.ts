import type { BatchTime } from '../checkpoint/attempt.ts'
import { decodeManifest, decodeSegmentOrManifest } from '../checkpoint/decode-record.ts'
import type { Head } from '../checkpoint/head.ts'
import type { Manifest } from '../checkpoint/manifest.ts'
import type { ObjectRef, Stored } from '../checkpoint/stored.ts'
import { attemptOfManifest } from '../checkpoint/stored-manifest.ts'
import type { ObjectStore } from '../ports/object-store.ts'
import { fromBase64 } from '../util/base64.ts'
import { SluiceError } from '../util/errors.ts'
import { stretches } from './history.ts'
import { load } from './stored.ts'

/**
 * The changes that committed batches carry inline, for one restore. What the head has shed is named by the changelog's
 * reference (`within`), each object is read once; the rest is found by a walk back through the history, once, however many
 * are asked for. They are of one incarnation: a reset may begin at the very time of the last batch before it.
 */
export class InlineChanges {
  readonly #objects: ObjectStore
  readonly #incarnation: number
  readonly #within: ReadonlyMap<BatchTime, ObjectRef>
  readonly #walk: AsyncGenerator<Stored<Manifest>>
  readonly #seen = new Map<BatchTime, Stored<Manifest>>()
  readonly #read = new Map<string, Promise<readonly Stored<Manifest>[]>>()
  #last: Promise<void> = Promise.resolve()

  /** Of the state after the batch of a manifest. */
  constructor(objects: ObjectStore, head: Head, { attempt, state }: Pick<Manifest, 'attempt' | 'state'>) {
    this.#objects = objects
    this.#incarnation = attempt.incarnation
    this.#within = new Map(state.changelogs.flatMap(({ batchTime, within }) => (within ? [[batchTime, within]] : [])))
    this.#walk = newestFirst(objects, head)
  }

  /** The changelog inside the manifest of that batch. */
  async of(batchTime: BatchTime): Promise<Uint8Array> {
    const stored = await this.#find(batchTime)
    const changes = stored && (await load(this.#objects, stored, decodeManifest)).inlineChanges
    if (changes !== undefined) return fromBase64(changes)
    throw new SluiceError({
      code: 'state-missing',
      kind: 'data',
      message: `The state needs the changes of a batch that the history no longer holds; start from a savepoint: ${batchTime} ms`,
    })
  }

  async #find(batchTime: BatchTime): Promise<Stored<Manifest> | undefined> {
    const ref = this.#within.get(batchTime)
    if (ref === undefined) {
      this.#last = this.#last.then(() => this.#walkTo(batchTime))
      await this.#last
      return this.#seen.get(batchTime)
    }
    const reading = this.#read.get(ref.key) ?? manifestsIn(this.#objects, ref)
    this.#read.set(ref.key, reading)
    return (await reading).find((stored) => {
      const attempt = attemptOfManifest(stored)
      return attempt.batchTime === batchTime && attempt.incarnation === this.#incarnation
    })
  }

  async #walkTo(batchTime: BatchTime): Promise<void> {
    while (!this.#seen.has(batchTime)) {
      const { value, done } = await this.#walk.next()
      if (done === true) return
      const attempt = attemptOfManifest(value)
      if (attempt.batchTime < batchTime) return
      if (attempt.incarnation === this.#incarnation) this.#seen.set(attempt.batchTime, value)
    }
  }
}

async function* newestFirst(objects: ObjectStore, head: Head): AsyncGenerator<Stored<Manifest>> {
  for await (const stretch of stretches(objects, head)) yield* stretch.manifests.toReversed()
}

/** A segment's manifests, or the one that is an object of its own. */
async function manifestsIn(objects: ObjectStore, ref: ObjectRef): Promise<readonly Stored<Manifest>[]> {
  const value = await load(objects, { kind: 'object', ref }, decodeSegmentOrManifest)
  return 'manifests' in value ? value.manifests : [{ kind: 'inline', value }]
}
