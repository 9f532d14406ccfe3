import { SluiceError } from '../../util/errors.ts'

const CHUNK_RECORDS = 4096

export interface FixedRecordsOptions {
  /** For messages. */
  readonly url: string
  readonly recordLength: number
  /** Gives what is left over at the end as one more record, which is too short. */
  readonly keepsRest?: boolean
}

/** Bytes as chunks of records of one length; what is left over at the end is an error with code `record-length`, or kept. */
export async function* fixedRecords(
  bytes: AsyncIterable<Uint8Array>,
  options: FixedRecordsOptions,
): AsyncGenerator<readonly Uint8Array[]> {
  const { recordLength } = options
  let open = new Uint8Array(0)
  for await (const chunk of bytes) {
    const whole = open.length === 0 ? chunk : concat(open, chunk)
    const cut = whole.length - (whole.length % recordLength)
    yield* recordsIn(whole.subarray(0, cut), recordLength)
    open = new Uint8Array(whole.subarray(cut))
  }
  if (open.length === 0) return
  if (options.keepsRest !== true) throw wrongLength(options, open.length)
  yield [open]
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

function* recordsIn(bytes: Uint8Array, recordLength: number): Generator<readonly Uint8Array[]> {
  const step = CHUNK_RECORDS * recordLength
  for (let start = 0; start < bytes.length; start += step) {
    const records: Uint8Array[] = []
    const end = Math.min(start + step, bytes.length)
    for (let at = start; at < end; at += recordLength)
      records.push(new Uint8Array(bytes.subarray(at, at + recordLength)))
    yield records
  }
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(a.length + b.length)
  whole.set(a)
  whole.set(b, a.length)
  return whole
}
