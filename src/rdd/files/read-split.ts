import type { GetOptions } from '../../ports/object-store.ts'
import { SluiceError } from '../../util/errors.ts'
import { type Gunzip, gunzipFile } from '../formats/gunzip.ts'
import { textLines } from '../formats/text-lines.ts'
import type { DataFile } from './data-file.ts'
import { type FileSplit, isCompressed } from './file-splits.ts'

const LINE_FEED = 10
/** A longer line is not text; reading on would only fill memory. */
const MAX_LINE_BYTES = 64 * 1024 * 1024

/** The bytes of a file, or of a range of it, as the file was when the dataset was made: a changed one is refused. */
export async function* bytesOf(file: DataFile, range?: GetOptions['range']): AsyncGenerator<Uint8Array> {
  const { store, info } = file
  const object = await store.get(info.key, { ifMatch: info.etag, listed: true, ...(range ? { range } : {}) })
  if (!object) throw vanished(file)
  yield* object.body
}

/** The whole file, decompressed if its name ends in `.gz`. */
export function contentOf(file: DataFile, gunzip: Gunzip): AsyncIterable<Uint8Array> {
  return isCompressed(file) ? gunzipFile(bytesOf(file), file.url, gunzip) : bytesOf(file)
}

/** The lines that begin in a split. */
export function linesOf(split: FileSplit, gunzip: Gunzip): AsyncIterable<readonly string[]> {
  const bytes = isCompressed(split.file) ? contentOf(split.file, gunzip) : lineBytesOf(split)
  return textLines(bytes, { url: split.file.url, maxLineBytes: MAX_LINE_BYTES })
}

/** From behind the first line feed at or after `start - 1` to the first at or after `end - 1`: no line is lost or read twice. */
async function* lineBytesOf({ file, start, end }: FileSplit): AsyncGenerator<Uint8Array> {
  const from = Math.max(0, start - 1)
  if (file.info.sizeBytes === 0) return
  let at = from
  let isInside = start === 0
  for await (const chunk of bytesOf(file, { start: from })) {
    const first = isInside ? 0 : chunk.indexOf(LINE_FEED) + 1
    isInside ||= first > 0
    const stop = at + chunk.length < end ? 0 : chunk.indexOf(LINE_FEED, Math.max(0, end - 1 - at)) + 1
    if (isInside && (stop === 0 || stop > first)) yield chunk.subarray(first, stop === 0 ? undefined : stop)
    if (stop > 0) return
    at += chunk.length
  }
}

function vanished({ url }: DataFile): SluiceError {
  return new SluiceError({
    code: 'source-missing',
    kind: 'data',
    message: `A file is gone that the dataset was made from; restore it, or make the dataset anew: ${url}`,
  })
}
