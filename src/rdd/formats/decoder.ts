import { SluiceError } from '../../util/errors.ts'

/** The file that is being read, for messages. */
export interface DecodedFile {
  readonly url: string
}

/** Makes chunks of elements of a file's bytes, pulled as they are needed. */
export type FileDecoder<T> = (bytes: AsyncIterable<Uint8Array>, file: DecodedFile) => AsyncIterable<readonly T[]>

/** Why a file cannot be read: it is damaged, cut short, or of another format. */
export function fileCorrupt(what: string, { url }: DecodedFile, cause?: unknown): SluiceError {
  const remedy = 'replace the file by a whole one, or read it in its own format'
  return new SluiceError({ code: 'file-corrupt', kind: 'data', message: `${what}; ${remedy}: ${url}`, cause })
}
