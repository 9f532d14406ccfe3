import { BigEndianWriter } from './big-endian-writer.ts'
import { ByteReader } from './byte-reader.ts'
import { fileCorrupt } from './decoder.ts'
import { nextLength, readHeader } from './read-sequence-file.ts'
import { SyncMarks, writeSequenceHeader } from './sequence-header.ts'

const CHUNK_BYTES = 64 * 1024
/** For messages only: what is joined has no final name yet. */
const STAGED = { url: 'a staged SequenceFile' }

/**
 * The records of all behind the header of the first. Each file has a sync marker of its own, which a reader of another takes for
 * damage; so records are copied one by one, unread, between markers of the first.
 */
export async function* joinSequenceFiles(files: readonly AsyncIterable<Uint8Array>[]): AsyncGenerator<Uint8Array> {
  const out = new BigEndianWriter()
  let marks: SyncMarks | undefined
  for (const file of files) {
    const bytes = new ByteReader(file)
    try {
      const header = await readHeader(bytes, STAGED)
      const { key, value, sync } = header
      if (marks === undefined) writeSequenceHeader(out, { keyClass: key.className, valueClass: value.className, sync })
      marks ??= new SyncMarks(out, sync)
      for (let length = await nextLength(bytes, header, STAGED); length !== undefined; ) {
        marks.markIfDue()
        const whole = bytes.has(4 + length)
        if (!(whole === true || (await whole))) throw fileCorrupt('A SequenceFile is cut short', STAGED)
        out.int32(length)
        out.raw(bytes.take(4 + length))
        if (out.length >= CHUNK_BYTES) yield marks.drain()
        const next = nextLength(bytes, header, STAGED)
        length = next instanceof Promise ? await next : next
      }
    } finally {
      await bytes.close()
    }
  }
  if (marks !== undefined) yield marks.drain()
}
