import { compareUtf8 } from '../../util/utf8-order.ts'
import type { Bucket } from './catalog.ts'
import { invalidArgument } from './errors.ts'
import { isoTime, quoted, type S3Operation, xmlReply } from './s3-context.ts'
import type { StoredObject } from './stored-object.ts'
import { element } from './xml.ts'

const MAX_KEYS = 1000

/** Where a listing starts: after a key, or after all keys that begin with a common prefix that was listed already. */
interface Position {
  readonly after: string
  readonly wholePrefix: boolean
}

type Item =
  | { readonly kind: 'object'; readonly object: StoredObject }
  | { readonly kind: 'prefix'; readonly prefix: string }

interface Listing {
  readonly items: readonly Item[]
  readonly truncated: boolean
}

export const listObjectsV2: S3Operation = ({ catalog }, { bucket: name, query }) => {
  const token = query.get('continuation-token')
  const startAfter = query.get('start-after')
  const position = token === null ? { after: startAfter ?? '', wholePrefix: false } : decodeToken(token)
  const asked = questions(query)
  const listing = list(catalog.bucket(name), { ...asked, position })
  const encode = encoder(query)
  return xmlReply('ListBucketResult', [
    ...commonElements(name, query, { asked, listing }),
    element('KeyCount', listing.items.length),
    element('ContinuationToken', token ?? undefined),
    element('StartAfter', startAfter === null ? undefined : encode(startAfter)),
    element('NextContinuationToken', listing.truncated ? encodeToken(listing.items.at(-1)) : undefined),
    ...itemElements(listing, encode),
  ])
}

/** The older form, which pages by the last name. */
export const listObjects: S3Operation = ({ catalog }, { bucket: name, query }) => {
  const marker = query.get('marker') ?? ''
  const asked = questions(query)
  const listing = list(catalog.bucket(name), { ...asked, position: { after: marker, wholePrefix: false } })
  const encode = encoder(query)
  const last = listing.items.at(-1)
  return xmlReply('ListBucketResult', [
    ...commonElements(name, query, { asked, listing }),
    element('Marker', encode(marker)),
    element('NextMarker', listing.truncated && last ? encode(nameOf(last)) : undefined),
    ...itemElements(listing, encode),
  ])
}

interface Questions {
  readonly prefix: string
  readonly delimiter: string
  readonly maxKeys: number
}

function questions(query: URLSearchParams): Questions {
  const maxKeys = query.get('max-keys') ?? String(MAX_KEYS)
  if (!/^\d+$/.test(maxKeys)) throw invalidArgument('Provided max-keys not an integer or within integer range')
  return {
    prefix: query.get('prefix') ?? '',
    delimiter: query.get('delimiter') ?? '',
    maxKeys: Math.min(MAX_KEYS, Number(maxKeys)),
  }
}

function list({ keys, objects }: Bucket, asked: Questions & { readonly position: Position }): Listing {
  const { prefix, delimiter, maxKeys } = asked
  const items: Item[] = []
  let position = asked.position
  if (maxKeys === 0) return { items, truncated: false }
  for (;;) {
    const jump = addKeys(keys.from(isBefore(position, prefix)))
    if (jump === 'end') return { items, truncated: false }
    if (jump === 'full') return { items, truncated: true }
    position = jump
  }

  /** Adds keys until there are enough, or until a common prefix is met, whose other keys need not be looked at. */
  function addKeys(from: Iterable<string>): Position | 'end' | 'full' {
    for (const key of from) {
      if (!key.startsWith(prefix)) return 'end'
      if (items.length === maxKeys) return 'full'
      const at = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length)
      if (at < 0) {
        items.push({ kind: 'object', object: objects.get(key) as StoredObject })
        continue
      }
      const common = key.slice(0, at + delimiter.length)
      // Given as the key to start after, a common prefix stands for all that is below it.
      if (common !== asked.position.after) items.push({ kind: 'prefix', prefix: common })
      return { after: common, wholePrefix: true }
    }
    return 'end'
  }
}

function isBefore({ after, wholePrefix }: Position, prefix: string): (key: string) => boolean {
  return (key) => {
    if (wholePrefix && key.startsWith(after)) return true
    return compareUtf8(key, after) <= 0 || (compareUtf8(key, prefix) < 0 && !key.startsWith(prefix))
  }
}

function commonElements(
  name: string,
  query: URLSearchParams,
  { asked, listing }: { readonly asked: Questions; readonly listing: Listing },
): readonly string[] {
  const encode = encoder(query)
  return [
    element('Name', name),
    element('Prefix', encode(asked.prefix)),
    element('Delimiter', asked.delimiter === '' ? undefined : encode(asked.delimiter)),
    element('MaxKeys', asked.maxKeys),
    element('EncodingType', query.get('encoding-type') ?? undefined),
    element('IsTruncated', listing.truncated),
  ]
}

function itemElements({ items }: Listing, encode: (text: string) => string): readonly string[] {
  return items.map((item) => {
    if (item.kind === 'prefix') return element('CommonPrefixes', [element('Prefix', encode(item.prefix))])
    const { key, lastModifiedMs, etag, sizeBytes, checksum, headers } = item.object
    return element('Contents', [
      element('Key', encode(key)),
      element('LastModified', isoTime(lastModifiedMs)),
      element('ETag', quoted(etag)),
      element('ChecksumAlgorithm', checksum?.algorithm.toUpperCase()),
      element('ChecksumType', checksum?.type),
      element('Size', sizeBytes),
      element('StorageClass', headers['x-amz-storage-class'] ?? 'STANDARD'),
    ])
  })
}

/** `encoding-type=url`: for names that XML cannot carry; a slash stays. */
function encoder(query: URLSearchParams): (text: string) => string {
  const type = query.get('encoding-type')
  if (type !== null && type !== 'url') throw invalidArgument('Invalid Encoding Method specified in Request')
  return type === 'url' ? (text) => encodeURIComponent(text).replaceAll('%2F', '/') : (text) => text
}

function nameOf(item: Item): string {
  return item.kind === 'object' ? item.object.key : item.prefix
}

function encodeToken(item: Item | undefined): string {
  const kind = item?.kind === 'prefix' ? 'p' : 'k'
  return Buffer.from(`${kind}${item ? nameOf(item) : ''}`).toString('base64')
}

function decodeToken(token: string): Position {
  const text = Buffer.from(token, 'base64').toString('utf8')
  if (text === '' || !'pk'.includes(text.charAt(0)))
    throw invalidArgument('The continuation token provided is incorrect')
  return { after: text.slice(1), wholePrefix: text.startsWith('p') }
}
