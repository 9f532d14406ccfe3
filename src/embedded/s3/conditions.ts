import { noSuchKey, notImplemented, preconditionFailed } from './errors.ts'
import { header, type S3Request } from './s3-request.ts'
import type { StoredObject } from './stored-object.ts'

/**
 * Refuses a write whose `If-None-Match: *` or `If-Match` does not hold for what is there now. To be called with no `await` between
 * it and the commit: then of several writers at once exactly one wins.
 */
export function checkWriteConditions(request: S3Request, present: StoredObject | undefined): void {
  const ifNoneMatch = header(request, 'if-none-match')
  const ifMatch = header(request, 'if-match')
  if (ifNoneMatch !== undefined && ifNoneMatch !== '*') throw notImplemented('A header you provided')
  if (ifNoneMatch === '*' && present) throw preconditionFailed()
  if (ifMatch === undefined) return
  if (!present) throw noSuchKey()
  if (!namesEtag(ifMatch, present.etag)) throw preconditionFailed()
}

/** What the conditions of a read say: go on, or answer that nothing has changed. Throws if one does not hold. */
export function checkReadConditions(request: S3Request, object: StoredObject): 'ok' | 'not-modified' {
  return judge(object, {
    ifMatch: header(request, 'if-match'),
    ifNoneMatch: header(request, 'if-none-match'),
    ifModifiedSince: header(request, 'if-modified-since'),
    ifUnmodifiedSince: header(request, 'if-unmodified-since'),
  })
}

/** Throws if a condition on the source of a copy does not hold. */
export function checkCopyConditions(request: S3Request, source: StoredObject): void {
  const verdict = judge(source, {
    ifMatch: header(request, 'x-amz-copy-source-if-match'),
    ifNoneMatch: header(request, 'x-amz-copy-source-if-none-match'),
    ifModifiedSince: header(request, 'x-amz-copy-source-if-modified-since'),
    ifUnmodifiedSince: header(request, 'x-amz-copy-source-if-unmodified-since'),
  })
  if (verdict === 'not-modified') throw preconditionFailed()
}

interface Conditions {
  readonly ifMatch: string | undefined
  readonly ifNoneMatch: string | undefined
  readonly ifModifiedSince: string | undefined
  readonly ifUnmodifiedSince: string | undefined
}

/** An entity tag outweighs a time, as HTTP has it. */
function judge({ etag, lastModifiedMs }: StoredObject, conditions: Conditions): 'ok' | 'not-modified' {
  const { ifMatch, ifNoneMatch, ifModifiedSince, ifUnmodifiedSince } = conditions
  // HTTP dates have whole seconds.
  const modifiedMs = Math.floor(lastModifiedMs / 1000) * 1000
  if (ifMatch !== undefined) {
    if (!namesEtag(ifMatch, etag)) throw preconditionFailed()
  } else if (ifUnmodifiedSince !== undefined && modifiedMs > Date.parse(ifUnmodifiedSince)) throw preconditionFailed()
  if (ifNoneMatch !== undefined) return namesEtag(ifNoneMatch, etag) ? 'not-modified' : 'ok'
  return ifModifiedSince !== undefined && modifiedMs <= Date.parse(ifModifiedSince) ? 'not-modified' : 'ok'
}

function namesEtag(list: string, etag: string): boolean {
  const tags = list.split(',').map((tag) => tag.trim().replace(/^(W\/)?"?|"$/g, ''))
  return tags.includes('*') || tags.includes(etag)
}
