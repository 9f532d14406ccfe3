import type { SourceDescriptor } from '../../ports/source.ts'

/** How a directory's files become a stream. */
export interface FileStreamOptions {
  /** Which files to read, given a file's whole URL; by default those whose name does not begin with a dot. */
  readonly filter?: ((url: string) => boolean) | undefined
  /** Skips the files that are there when the stream first looks; true by default, as in Spark. */
  readonly newFilesOnly?: boolean | undefined
  /** Leaves more files than this for the next batch. */
  readonly maxFilesPerBatch?: number | undefined
  /** Reads the directories below, too. */
  readonly recursive?: boolean | undefined
  /** A longer line is an error; 64 MiB by default. */
  readonly maxLineBytes?: number | undefined
}

/** Lines of text, or records of a fixed length. */
export type FileFormat =
  | { readonly format: 'text' }
  | { readonly format: 'binary-records'; readonly recordLength: number }

export function fileSource(directory: string, format: FileFormat, options: FileStreamOptions): SourceDescriptor {
  return { kind: 'file', options: { url: directory, ...format, ...options } }
}
