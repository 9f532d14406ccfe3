import {
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
} from '@aws-sdk/client-s3'
import type { PartSizes } from '../checkpoint/manifest.ts'
import type { Clock } from '../ports/clock.ts'
import type {
  GetOptions,
  ListOptions,
  ObjectInfo,
  ObjectPlace,
  ObjectStore,
  ObjectUpload,
  PutIfAbsent,
  StoredObject,
} from '../ports/object-store.ts'
import { SluiceError } from '../util/errors.ts'
import { objectChanged, objectMissing } from '../util/object-errors.ts'
import { assertKeyPrefix } from '../util/object-key.ts'
import { clampRange } from '../util/object-range.ts'
import { pour } from '../util/pour.ts'
import { awsError, errorName, httpStatus } from './aws-error.ts'
import type { Clients } from './clients.ts'
import { lambdaClock } from './lambda-clock.ts'
import { bytesOf, s3Body } from './s3-body.ts'
import { copyInS3 } from './s3-copy.ts'
import { listS3, unquoted } from './s3-listing.ts'
import type { MultipartTarget } from './s3-multipart.ts'
import { keyIn, listedKeyIn, parseS3Url, type S3Place } from './s3-place.ts'
import { S3Upload } from './s3-upload.ts'

const MIB = 1024 ** 2
const DELETED_AT_ONCE = 1000
/** Two conditional writes of one key at the same time: S3 answers 409 to one of them and wants it again. */
const CONFLICT_TRIES = 8
const CONFLICT_PAUSE_MS = 20

const DEFAULTS = {
  /** 10,000 of them make 78 GiB; four of them are held in memory. */
  partBytes: 8 * MIB,
  partsAtOnce: 3,
  copyPartBytes: 256 * MIB,
} as const

export interface S3ObjectStoreOptions extends Partial<Record<keyof typeof DEFAULTS, number>> {
  readonly clients: Pick<Clients, 's3'>
  /** This machine's by default. */
  readonly clock?: Clock
}

/**
 * Objects below `s3://bucket/prefix`. Bodies that are got must be consumed, or ended early: each holds a connection.
 * After a write, `lastModifiedMs` is this machine's time; S3 does not tell its own.
 *
 * @example
 * ```ts
 * const store = new S3ObjectStore('s3://data/checkpoints', { clients })
 * await store.put('song.txt', new TextEncoder().encode('row row'))
 * ```
 */
export class S3ObjectStore implements ObjectStore {
  readonly #place: S3Place
  readonly #options: Required<S3ObjectStoreOptions>

  constructor(url: string, options: S3ObjectStoreOptions) {
    this.#place = parseS3Url(url)
    this.#options = { clock: lambdaClock, ...DEFAULTS, ...options }
  }

  get url(): string {
    return this.#place.url
  }

  async exists(): Promise<boolean> {
    return true
  }

  async put(key: string, body: Uint8Array): Promise<ObjectInfo> {
    return this.#put(key, body, {})
  }

  /**
   * When the answer to the first sending is lost, the client's second one meets the object that it has made itself, and the
   * result is `exists`: `created` is never said twice, but may not be said at all.
   */
  async putIfAbsent(key: string, body: Uint8Array): Promise<PutIfAbsent> {
    for (let tries = 1; ; tries++) {
      try {
        return { kind: 'created', info: await this.#put(key, body, { IfNoneMatch: '*' }) }
      } catch (error) {
        const cause = error instanceof SluiceError ? error.cause : error
        if (httpStatus(cause) === 412) return { kind: 'exists' }
        if (httpStatus(cause) !== 409 || tries === CONFLICT_TRIES) throw error
      }
      await this.#options.clock.sleep(CONFLICT_PAUSE_MS * tries)
    }
  }

  upload(key: string, partSizes?: PartSizes): ObjectUpload {
    const target = this.#target(key)
    const partBytes = partSizes?.uploadBytes ?? this.#options.partBytes
    const info = (etag: string | undefined, sizeBytes: number) => this.#info(key, etag, sizeBytes)
    const putWhole = (body: Uint8Array) => this.put(key, body)
    return new S3Upload({ target, partBytes, putWhole, info })
  }

  async get(key: string, options: GetOptions = {}): Promise<StoredObject | undefined> {
    const { start, end } = clampRange(options.range, Number.MAX_SAFE_INTEGER)
    const { bucket } = this.#place
    const input = { Bucket: bucket, Key: this.#keyIn(key, options), IfMatch: options.ifMatch }
    // HTTP has no way to ask for nothing.
    if (start === end) return this.#getNothing(key, options)
    const Range = options.range === undefined ? undefined : rangeHeader(options.range)
    try {
      const answer = await this.#options.clients.s3.send(new GetObjectCommand({ ...input, Range }))
      const total = Number(/\/(\d+)$/.exec(answer.ContentRange ?? '')?.[1] ?? answer.ContentLength)
      const info = { ...this.#info(key, answer.ETag, total), lastModifiedMs: answer.LastModified?.getTime() ?? 0 }
      const changed = () => objectChanged(this.#url(key), options.ifMatch === undefined ? 'while-read' : 'if-match')
      const reading = { client: this.#options.clients.s3, bucket, key: input.Key, url: this.#url(key), info, changed }
      return s3Body({ ...reading, ...clampRange(options.range, total) }, bytesOf(answer.Body))
    } catch (error) {
      if (errorName(error) === 'InvalidRange' || httpStatus(error) === 416) return this.#getNothing(key, options)
      if (errorName(error) === 'NoSuchKey') return undefined
      if (httpStatus(error) === 412) throw objectChanged(this.#url(key), 'if-match')
      throw awsError(error, this.#url(key))
    }
  }

  head(key: string): Promise<ObjectInfo | undefined> {
    return this.#head(key, {})
  }

  async #head(key: string, options: GetOptions): Promise<ObjectInfo | undefined> {
    const command = new HeadObjectCommand({ Bucket: this.#place.bucket, Key: this.#keyIn(key, options) })
    try {
      const answer = await this.#options.clients.s3.send(command)
      const info = this.#info(key, answer.ETag, answer.ContentLength ?? 0)
      return { ...info, lastModifiedMs: answer.LastModified?.getTime() ?? 0 }
    } catch (error) {
      if (httpStatus(error) === 404) return undefined
      throw awsError(error, this.#url(key))
    }
  }

  list(prefix: string, options: ListOptions = {}): AsyncIterable<readonly ObjectInfo[]> {
    assertKeyPrefix(prefix)
    return listS3(() => this.#options.clients.s3, this.#place, { ...options, prefix })
  }

  async delete(keys: readonly string[]): Promise<void> {
    const objects = keys.map((key) => ({ Key: keyIn(this.#place, key) }))
    for (let i = 0; i < objects.length; i += DELETED_AT_ONCE) {
      const Delete = { Objects: objects.slice(i, i + DELETED_AT_ONCE), Quiet: true }
      const command = new DeleteObjectsCommand({ Bucket: this.#place.bucket, Delete })
      const { Errors = [] } = await this.#send(this.url, () => this.#options.clients.s3.send(command))
      const [first] = Errors
      if (first !== undefined) throw notDeleted(Errors.length, first, this.#place)
    }
  }

  async copy(from: ObjectPlace, to: string, partSizes?: PartSizes): Promise<ObjectInfo> {
    const target = this.#target(to)
    const { store } = from
    const url = `${store.url}/${from.key}`
    if (!(store instanceof S3ObjectStore && store.#options.clients === this.#options.clients)) {
      const source = await store.get(from.key)
      if (source === undefined) throw objectMissing(url)
      return pour(source.body, this.upload(to, partSizes))
    }
    const info = await store.head(from.key)
    if (info === undefined) throw objectMissing(url)
    const source = { ...info, place: store.#place, key: keyIn(store.#place, from.key) }
    // S3 refuses to copy an object to itself.
    if (source.place.bucket === target.bucket && source.key === target.key) return { ...info, key: to }
    try {
      const partBytes = partSizes?.copyBytes ?? this.#options.copyPartBytes
      return this.#info(to, await copyInS3(source, target, partBytes), info.sizeBytes)
    } catch (error) {
      const cause = error instanceof SluiceError ? error.cause : error
      if (errorName(cause) === 'NoSuchKey') throw objectMissing(url)
      if (httpStatus(cause) === 412) throw objectChanged(url, 'while-read')
      throw awsError(error, url)
    }
  }

  async #put(
    key: string,
    body: Uint8Array,
    condition: Pick<PutObjectCommandInput, 'IfNoneMatch'>,
  ): Promise<ObjectInfo> {
    const target = { Bucket: this.#place.bucket, Key: keyIn(this.#place, key) }
    const command = new PutObjectCommand({ ...target, ...condition, Body: body })
    const { ETag } = await this.#send(this.#url(key), () => this.#options.clients.s3.send(command))
    return this.#info(key, ETag, body.length)
  }

  async #getNothing(key: string, options: GetOptions): Promise<StoredObject | undefined> {
    const info = await this.#head(key, options)
    if (info === undefined) return undefined
    const { ifMatch } = options
    if (ifMatch !== undefined && ifMatch !== info.etag) throw objectChanged(this.#url(key), 'if-match')
    const nothing = new Uint8Array()
    return { info, body: bytesOf(undefined), bytes: async () => nothing }
  }

  #keyIn(key: string, { listed = false }: GetOptions): string {
    return listed ? listedKeyIn(this.#place, key) : keyIn(this.#place, key)
  }

  #target(key: string): MultipartTarget {
    const { clients, partsAtOnce } = this.#options
    const { bucket } = this.#place
    return { client: clients.s3, bucket, key: keyIn(this.#place, key), url: this.#url(key), partsAtOnce }
  }

  #info(key: string, etag: string | undefined, sizeBytes: number): ObjectInfo {
    return { key, sizeBytes, etag: unquoted(etag), lastModifiedMs: this.#options.clock.now() }
  }

  #url(key: string): string {
    return `${this.url}/${key}`
  }

  async #send<T>(url: string, call: () => Promise<T>): Promise<T> {
    try {
      return await call()
    } catch (error) {
      throw awsError(error, url)
    }
  }
}

function rangeHeader({ start, end }: { readonly start: number; readonly end?: number }): string {
  return `bytes=${start}-${end === undefined ? '' : end - 1}`
}

interface DeleteError {
  readonly Key?: string | undefined
  readonly Code?: string | undefined
  readonly Message?: string | undefined
}

/** A bulk deletion succeeds as a call and fails key by key. */
function notDeleted(count: number, { Key, Code = 'InternalError', Message }: DeleteError, place: S3Place): SluiceError {
  const cause = Object.assign(new Error(Message ?? Code), { name: Code })
  return awsError(cause, `${count} objects not deleted, first s3://${place.bucket}/${Key}`)
}
