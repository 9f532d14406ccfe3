import { SluiceError } from '../../util/errors.ts'
import { CHUNK_RECORDS } from '../node.ts'
import { ByteReader } from './byte-reader.ts'

export interface FixedRecordsOptions {
  /** For messages. */
  readonly url: string
  readonly recordLength: number
  /** Gives what is left over at the end as one more record, which is too short. */
  readonly keepsRest?: boolean
}

/** Bytes as chunks of records of one length; what is left over at the end is an error with code `record-length`, or kept. */
export async function* fixedRecords(
  input: AsyncIterable<Uint8Array>,
  options: FixedRecordsOptions,
): AsyncGenerator<readonly Uint8Array[]> {
  const { recordLength } = options
  const bytes = new ByteReader(input)
  try {
    while (await bytes.has(recordLength)) {
      const length = Math.min(CHUNK_RECORDS, Math.floor(bytes.available / recordLength))
      // Copies: a record that is kept must not hold on to the chunk that it came in.
      yield Array.from({ length }, () => bytes.take(recordLength).slice())
    }
    if (bytes.available === 0) return
    if (options.keepsRest !== true) throw wrongLength(options, bytes.available)
    yield [bytes.take(bytes.available).slice()]
  } finally {
    await bytes.close()
  }
}

export function wrongLength({ url, recordLength }: FixedRecordsOptions, leftOver: number): SluiceError {
  return new SluiceError({
    code: 'record-length',
    kind: 'data',
    message:
      `A file of binary records must hold whole records of ${recordLength} bytes; correct recordLength, or replace ` +
      `the file: ${leftOver} bytes left over at the end of ${url}`,
  })
}
