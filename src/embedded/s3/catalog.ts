import type { BlobPool } from './blob-pool.ts'
import { noSuchBucket, noSuchUpload } from './errors.ts'
import type { Journal } from './journal.ts'
import { SortedKeys } from './sorted-keys.ts'
import type { StoredObject, StoredPart, StoredUpload } from './stored-object.ts'

/** A change to the catalog, as it stands in the journal. */
export type Change =
  | { readonly kind: 'bucket'; readonly name: string; readonly createdMs: number }
  | { readonly kind: 'bucket-gone'; readonly name: string }
  | { readonly kind: 'object'; readonly bucket: string; readonly object: StoredObject }
  | { readonly kind: 'object-gone'; readonly bucket: string; readonly key: string }
  | { readonly kind: 'upload'; readonly upload: StoredUpload }
  | { readonly kind: 'part'; readonly uploadId: string; readonly part: StoredPart }
  | { readonly kind: 'upload-gone'; readonly uploadId: string }

export interface Bucket {
  readonly name: string
  readonly createdMs: number
  readonly objects: Map<string, StoredObject>
  readonly keys: SortedKeys
}

export interface Upload {
  readonly facts: StoredUpload
  readonly parts: Map<number, StoredPart>
}

/**
 * Which objects there are, in memory; what is kept of it is the journal of its changes.
 * `commit` is synchronous: a condition that was checked just before it, without an await between, still holds.
 */
export class Catalog {
  readonly #buckets = new Map<string, Bucket>()
  readonly #uploads = new Map<string, Upload>()
  readonly #pool: BlobPool
  readonly #journal: Journal<Change> | undefined

  constructor(pool: BlobPool, journal?: Journal<Change>) {
    this.#pool = pool
    this.#journal = journal
    for (const change of journal?.recover() ?? []) this.#apply(change)
    pool.settle()
  }

  get buckets(): readonly Bucket[] {
    return [...this.#buckets.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  get uploads(): readonly Upload[] {
    return [...this.#uploads.values()]
  }

  findBucket(name: string): Bucket | undefined {
    return this.#buckets.get(name)
  }

  bucket(name: string): Bucket {
    const bucket = this.#buckets.get(name)
    if (!bucket) throw noSuchBucket()
    return bucket
  }

  upload(id: string, bucket: string, key: string): Upload {
    const upload = this.#uploads.get(id)
    if (!upload || upload.facts.bucket !== bucket || upload.facts.key !== key) throw noSuchUpload()
    return upload
  }

  /** Makes changes that belong together: all of them survive a kill, or none. */
  commit(...changes: readonly Change[]): void {
    this.#journal?.append(changes, () => this.#state())
    for (const change of changes) this.#apply(change)
  }

  close(): void {
    this.#journal?.close()
  }

  #apply(change: Change): void {
    switch (change.kind) {
      case 'bucket':
        this.#buckets.set(change.name, {
          name: change.name,
          createdMs: change.createdMs,
          objects: new Map(),
          keys: new SortedKeys(),
        })
        return
      case 'bucket-gone':
        this.#buckets.delete(change.name)
        return
      case 'object':
        this.#put(this.bucket(change.bucket), change.object)
        return
      case 'object-gone':
        this.#delete(this.bucket(change.bucket), change.key)
        return
      case 'upload':
        this.#uploads.set(change.upload.id, { facts: change.upload, parts: new Map() })
        return
      case 'part':
        this.#putPart(this.#uploads.get(change.uploadId), change.part)
        return
      case 'upload-gone':
        for (const { slices } of this.#uploads.get(change.uploadId)?.parts.values() ?? []) this.#pool.release(slices)
        this.#uploads.delete(change.uploadId)
    }
  }

  #put({ objects, keys }: Bucket, object: StoredObject): void {
    const before = objects.get(object.key)
    this.#pool.hold(object.slices)
    if (before) this.#pool.release(before.slices)
    else keys.add(object.key)
    objects.set(object.key, object)
  }

  #delete({ objects, keys }: Bucket, key: string): void {
    const before = objects.get(key)
    if (!before) return
    objects.delete(key)
    keys.delete(key)
    this.#pool.release(before.slices)
  }

  #putPart(upload: Upload | undefined, part: StoredPart): void {
    if (!upload) return
    const before = upload.parts.get(part.number)
    this.#pool.hold(part.slices)
    if (before) this.#pool.release(before.slices)
    upload.parts.set(part.number, part)
  }

  /** The changes that lead from nothing to what there is now. */
  *#state(): Iterable<Change> {
    for (const { name, createdMs, objects } of this.#buckets.values()) {
      yield { kind: 'bucket', name, createdMs }
      for (const object of objects.values()) yield { kind: 'object', bucket: name, object }
    }
    for (const { facts, parts } of this.#uploads.values()) {
      yield { kind: 'upload', upload: facts }
      for (const part of parts.values()) yield { kind: 'part', uploadId: facts.id, part }
    }
  }
}
