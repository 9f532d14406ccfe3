import type { RawRecord, RawRecords } from '../../ports/source.ts'
import { fixedRecords, wrongLength } from '../../rdd/formats/fixed-records.ts'
import { ndjsonLines, parseNdjson } from '../../rdd/formats/ndjson-format.ts'
import { textLines } from '../../rdd/formats/text-lines.ts'
import type { FileFormat } from './file-options.ts'
import { fileOfRange, type PlannedFile } from './planned-file.ts'

/** How one format tells its records apart. */
interface RawFormat {
  records(bytes: AsyncIterable<Uint8Array>, file: PlannedFile): AsyncIterable<readonly RawRecord[]>
  decode(record: RawRecord): unknown
}

/** The undecoded records of files; `undefined` for a function of a whole file's bytes: what it makes of which, nobody knows. */
export function rawFileRecords(
  format: FileFormat,
  content: (file: PlannedFile, signal: AbortSignal) => AsyncIterable<Uint8Array>,
): RawRecords | undefined {
  const raw = rawFormat(format)
  return (
    raw && {
      read(range, signal) {
        const file = fileOfRange(range)
        return raw.records(content(file, signal), file)
      },
      decode: raw.decode,
    }
  )
}

function rawFormat(format: FileFormat): RawFormat | undefined {
  if (format.kind === 'decoded') return undefined
  if (format.kind === 'text') return rawText(format.maxLineBytes)
  return format.kind === 'ndjson' ? RAW_NDJSON : rawBinary(format.recordLength)
}

/** A line is text already. */
function rawText(maxLineBytes: number): RawFormat {
  return {
    async *records(bytes, { url, etag }) {
      let line = 0
      for await (const lines of textLines(bytes, { url, maxLineBytes })) {
        yield lines.map((payload) => ({ payload, position: { object: url, etag, line: ++line } }))
      }
    },
    decode: ({ payload }) => payload,
  }
}

const RAW_NDJSON: RawFormat = {
  async *records(bytes, { url, etag }) {
    for await (const lines of ndjsonLines(bytes, { url })) {
      yield lines.map(({ text, line }) => ({ payload: text, position: { object: url, etag, line } }))
    }
  },
  decode({ payload, position }) {
    const { object, line } = position as { readonly object: string; readonly line: number }
    return parseNdjson({ text: String(payload), line }, { url: object })
  },
}

function rawBinary(recordLength: number): RawFormat {
  return {
    async *records(bytes, { url, etag }) {
      let next = 0
      for await (const records of fixedRecords(bytes, { url, recordLength, keepsRest: true })) {
        const first = next
        next += records.length * recordLength
        yield records.map((payload, i) => ({
          payload,
          position: { object: url, etag, offset: first + i * recordLength },
        }))
      }
    },
    decode({ payload, position }) {
      const bytes = payload as Uint8Array
      const { object } = position as { readonly object: string }
      if (bytes.length !== recordLength) throw wrongLength({ url: object, recordLength }, bytes.length)
      // A function may change the bytes that it is given; what is set apart is what came.
      return bytes.slice()
    },
  }
}
