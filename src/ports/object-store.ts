import type { PartSizes } from '../checkpoint/manifest.ts'

/**
 * Objects below one place (a directory, a bucket, a prefix in a bucket). Keys are relative to it, `/` separates,
 * and never begin with `/` or hold `.`, `..` or empty segments.
 * What `put` or `complete` has acknowledged is durable and seen by every later `get` and `list`. An object appears
 * whole or not at all. Nothing here is relied on for safety beyond that: no "create if absent", no listing order in time.
 * Calls reject with a `SluiceError`: kind `retryable` when the same call may succeed later, `invalid` for a missing
 * bucket, wrong credentials or a read-only place (the message says what to do).
 */
export interface ObjectStore {
  /** Where it is, for messages and reports: `s3://bucket/prefix`, `file:///data/ck`. Ends without `/`. */
  readonly url: string
  /**
   * Whether the place itself is there. A missing directory is told from an empty one by this; a prefix in a bucket
   * always is there, without a call (a missing bucket shows in every other call).
   */
  exists(): Promise<boolean>
  /** Writes the whole object, over an existing one of this key, too. */
  put(key: string, body: Uint8Array): Promise<ObjectInfo>
  /** Writes only if no object has this key; exactly one of several racing callers gets `created`. */
  putIfAbsent(key: string, body: Uint8Array): Promise<PutIfAbsent>
  /** Begins an object larger than memory; nothing is visible before `complete`. `partSizes`: by default the store's own. */
  upload(key: string, partSizes?: PartSizes): ObjectUpload
  /** Reads the object or a range of its bytes; `undefined` when there is none. */
  get(key: string, options?: GetOptions): Promise<StoredObject | undefined>
  /** Size, ETag and time without the bytes; `undefined` when there is none. */
  head(key: string): Promise<ObjectInfo | undefined>
  /** Every object whose key begins with `prefix`, in order of the keys' UTF-8 bytes, in pages of up to 1,000. */
  list(prefix: string, options?: ListOptions): AsyncIterable<readonly ObjectInfo[]>
  /** Removes objects; absent ones are no error. */
  delete(keys: readonly string[]): Promise<void>
  /**
   * Copies an object without bringing its bytes here, where the service can: the copy has the bytes of `from`, and
   * whoever copies the same object in the same `partSizes` makes the same ETag. Copying a missing object rejects with code
   * `object-missing`.
   */
  copy(from: ObjectPlace, to: string, partSizes?: PartSizes): Promise<ObjectInfo>
}

/** An object of this or of another store. The bytes of one of another kind pass through this process. */
export interface ObjectPlace {
  readonly store: ObjectStore
  readonly key: string
}

/** What is known of an object without its bytes. */
export interface ObjectInfo {
  readonly key: string
  readonly sizeBytes: number
  /** Changes whenever the content does; S3's ETag without quotes, elsewhere of any form. */
  readonly etag: string
  readonly lastModifiedMs: number
}

/** What became of an object that was to be the first of its key. */
export type PutIfAbsent = { readonly kind: 'created'; readonly info: ObjectInfo } | { readonly kind: 'exists' }

/** Which bytes of an object are read, and whether only as long as it has not changed. */
export interface GetOptions {
  /** Bytes from `start` to before `end` (default: the object's end). */
  readonly range?: { readonly start: number; readonly end?: number }
  /** Rejects with code `object-changed` (kind `data`) when the object has another ETag. */
  readonly ifMatch?: string
  /** The key is one that a listing of this store gave: others may have made it of what this interface takes for no name. */
  readonly listed?: boolean
}

/** An object, or the range of it that was asked for. */
export interface StoredObject {
  readonly info: ObjectInfo
  /** The bytes asked for, read as they are consumed. Use either this or `bytes`, once. */
  readonly body: AsyncIterable<Uint8Array>
  bytes(): Promise<Uint8Array>
}

/** What of a listing is wanted. */
export interface ListOptions {
  /** Only keys that come after this one. */
  readonly startAfter?: string
  /** With `'/'`: only objects directly below the prefix, not those in folders under it. */
  readonly delimiter?: '/'
  /** Also removes what writers that were killed have left below the prefix, where a store has such beside its objects. */
  readonly sweep?: boolean
}

/** An object that is being written. */
export interface ObjectUpload {
  /** Adds bytes; resolves when more may be added (backpressure), and these may be written over. */
  write(bytes: Uint8Array): Promise<void>
  /** Makes the object visible. */
  complete(): Promise<ObjectInfo>
  /** Gives up; leaves nothing behind. Never rejects. */
  abort(): Promise<void>
}

/** Opens the store of a URL: `file:///dir`, `s3://bucket/prefix`, `memory://name`. Opening makes no call. */
export interface Storage {
  open(url: string): ObjectStore
}
