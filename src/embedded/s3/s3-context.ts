import type { Reply } from '../http/reply.ts'
import type { BlobPool } from './blob-pool.ts'
import type { Catalog } from './catalog.ts'
import type { S3Request } from './s3-request.ts'
import { xmlDocument } from './xml.ts'

/** What every operation works on. */
export interface S3Context {
  readonly catalog: Catalog
  readonly pool: BlobPool
  readonly now: () => number
}

/** One API operation; throws a `ServiceError` for what it refuses. */
export type S3Operation = (context: S3Context, request: S3Request) => Reply | Promise<Reply>

export function xmlReply(root: string, elements: readonly string[], headers: Record<string, string> = {}): Reply {
  return { status: 200, headers: { 'content-type': 'application/xml', ...headers }, body: xmlDocument(root, elements) }
}

/** As S3 writes times in XML. */
export function isoTime(timeMs: number): string {
  return new Date(timeMs).toISOString()
}

export function quoted(etag: string): string {
  return `"${etag}"`
}
