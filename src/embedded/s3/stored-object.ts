import type { Slice } from './blobs.ts'
import type { Checksum } from './checksum.ts'

/** What a client said about an object and gets back with it: `content-type`, `x-amz-meta-…`; names in lower case. */
export type ObjectHeaders = Readonly<Record<string, string>>

export interface StoredObject {
  readonly key: string
  /** Without quotes. */
  readonly etag: string
  readonly sizeBytes: number
  readonly lastModifiedMs: number
  readonly slices: readonly Slice[]
  readonly headers: ObjectHeaders
  readonly checksum?: Checksum
}

export interface StoredPart {
  readonly number: number
  readonly etag: string
  readonly sizeBytes: number
  readonly lastModifiedMs: number
  readonly slices: readonly Slice[]
  readonly checksum?: Checksum
}

export interface StoredUpload {
  readonly id: string
  readonly bucket: string
  readonly key: string
  readonly startedMs: number
  readonly headers: ObjectHeaders
  /** What the client announced that it would give with each part. */
  readonly checksum?: Pick<Checksum, 'algorithm' | 'type'>
}
