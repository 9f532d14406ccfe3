import type { SourceDescriptor } from '../../ports/source.ts'
import type { FileDecoder } from '../../rdd/formats/decoder.ts'
import { SluiceError } from '../../util/errors.ts'
import { excerpt } from '../../util/excerpt.ts'

export type FileFormat =
  | { readonly kind: 'text'; readonly maxLineBytes: number }
  | { readonly kind: 'ndjson' }
  | { readonly kind: 'binary-records'; readonly recordLength: number }
  | { readonly kind: 'decoded'; readonly decode: FileDecoder<unknown> }

/** What a file stream is told, complete. */
export interface FileOptions {
  readonly url: string
  readonly format: FileFormat
  /** Given the whole path of an object, its URL. */
  readonly filter: (path: string) => boolean
  readonly newFilesOnly: boolean
  readonly maxFilesPerBatch: number
  readonly recursive: boolean
}

const MAX_LINE_BYTES = 64 * 1024 * 1024

/** Reads `{ url, format?, decode?, recordLength?, filter?, newFilesOnly?, maxFilesPerBatch?, recursive?, maxLineBytes? }`. */
export function fileOptions({ options }: SourceDescriptor): FileOptions {
  const { url, filter = isVisible, newFilesOnly = true, recursive = false } = options
  if (typeof url !== 'string' || url === '') throw badOption('url', 'the URL of a directory', url)
  if (typeof filter !== 'function') throw badOption('filter', 'a function of a path', filter)
  if (typeof newFilesOnly !== 'boolean') throw badOption('newFilesOnly', 'true or false', newFilesOnly)
  if (typeof recursive !== 'boolean') throw badOption('recursive', 'true or false', recursive)
  const maxFilesPerBatch = count(options, 'maxFilesPerBatch', Number.MAX_SAFE_INTEGER)
  return {
    url,
    format: fileFormat(options),
    filter: (path) => Boolean(filter(path)),
    newFilesOnly,
    maxFilesPerBatch,
    recursive,
  }
}

/** Spark's default filter. */
function isVisible(path: string): boolean {
  return !path.slice(path.lastIndexOf('/') + 1).startsWith('.')
}

function fileFormat(options: SourceDescriptor['options']): FileFormat {
  const { format = 'text', decode } = options
  if (typeof decode === 'function') return { kind: 'decoded', decode: decode as FileDecoder<unknown> }
  if (decode !== undefined) throw badOption('decode', "a function of a file's bytes", decode)
  if (format === 'ndjson') return { kind: 'ndjson' }
  if (format === 'text') return { kind: 'text', maxLineBytes: count(options, 'maxLineBytes', MAX_LINE_BYTES) }
  if (format === 'binary-records') return { kind: 'binary-records', recordLength: count(options, 'recordLength') }
  throw badOption('format', "'text', 'ndjson' or 'binary-records'", format)
}

function count(options: SourceDescriptor['options'], name: string, otherwise?: number): number {
  const value = options[name] ?? otherwise
  if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0) return value
  throw badOption(name, 'a whole number above 0', value)
}

function badOption(name: string, expected: string, got: unknown): SluiceError {
  return new SluiceError({
    code: 'bad-option',
    kind: 'invalid',
    message: `The option ${name} of a file stream must be ${expected}: ${excerpt(got)}`,
  })
}
