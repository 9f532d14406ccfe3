import type { ObjectStore, Storage } from '../ports/object-store.ts'
import { byScheme, type Opener } from '../util/by-scheme.ts'
import type { Clients } from './clients.ts'
import { S3ObjectStore, type S3ObjectStoreOptions } from './s3-object-store.ts'

type S3Options = Omit<S3ObjectStoreOptions, 'clients'>

/** S3 only; `byScheme({ ...localSchemes(), s3: s3Scheme(clients) })` knows files, too. */
export function openS3Storage(clients: Pick<Clients, 's3'>, options: S3Options = {}): Storage {
  return byScheme({ s3: s3Scheme(clients, options) })
}

/** What opens `s3://bucket/prefix`. */
export function s3Scheme(clients: Pick<Clients, 's3'>, options: S3Options = {}): Opener<ObjectStore> {
  return (url) => new S3ObjectStore(url, { ...options, clients })
}
