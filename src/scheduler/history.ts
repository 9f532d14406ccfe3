import type { BatchTime } from '../checkpoint/attempt.ts'
import type { Head, HistorySegment } from '../checkpoint/head.ts'
import type { Manifest } from '../checkpoint/manifest.ts'
import type { ObjectRef, Stored } from '../checkpoint/stored.ts'
import type { ObjectStore } from '../ports/object-store.ts'
import { SluiceError } from '../util/errors.ts'
import { load } from './stored.ts'

/** The committed manifests, newest first: the last one, the recent ones in the head, then segment after segment. */
export async function* manifests(objects: ObjectStore, head: Head): AsyncGenerator<Manifest> {
  if (head.committed !== undefined) yield load(objects, head.committed.manifest)
  for await (const stored of earlier(objects, head)) yield load(objects, stored)
}

/** The manifest of one committed batch; `undefined` when no retained one has this batch time. */
export async function manifestOf(
  objects: ObjectStore,
  head: Head,
  batchTime: BatchTime,
): Promise<Manifest | undefined> {
  for await (const manifest of manifests(objects, head)) {
    if (manifest.attempt.batchTime === batchTime) return manifest
    if (manifest.attempt.batchTime < batchTime) return undefined
  }
  return undefined
}

async function* earlier(objects: ObjectStore, head: Head): AsyncGenerator<Stored<Manifest>> {
  yield* head.history.recent.toReversed()
  let ref: ObjectRef | undefined = head.history.segment
  while (ref !== undefined) {
    const segment: HistorySegment = await load(objects, { kind: 'object', ref })
    yield* segment.manifests.toReversed()
    ref = segment.previous
  }
}

/**
 * The changes that committed batches carry inline. Walks back through the history once, however many are asked for: a
 * cold restore asks for all that no changelog object holds.
 */
export class InlineChanges {
  readonly #walk: AsyncGenerator<Manifest>
  readonly #seen = new Map<BatchTime, Manifest>()
  #last: Promise<void> = Promise.resolve()

  constructor(objects: ObjectStore, head: Head) {
    this.#walk = manifests(objects, head)
  }

  /** The changelog inside the manifest of that batch. */
  async of(batchTime: BatchTime): Promise<Uint8Array> {
    this.#last = this.#last.then(() => this.#walkTo(batchTime))
    await this.#last
    const changes = this.#seen.get(batchTime)?.inlineChanges
    if (changes !== undefined) return fromBase64(changes)
    throw new SluiceError({
      code: 'state-missing',
      kind: 'data',
      message: `The state needs the changes of a batch that the history no longer holds; start from a savepoint: ${batchTime} ms`,
    })
  }

  async #walkTo(batchTime: BatchTime): Promise<void> {
    while (!this.#seen.has(batchTime)) {
      const { value, done } = await this.#walk.next()
      if (done === true || value.attempt.batchTime < batchTime) return
      this.#seen.set(value.attempt.batchTime, value)
    }
  }
}

export function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
}

export function toBase64(bytes: Uint8Array): string {
  let text = ''
  for (let start = 0; start < bytes.length; start += 0x2000) {
    text += String.fromCharCode(...bytes.subarray(start, start + 0x2000))
  }
  return btoa(text)
}
