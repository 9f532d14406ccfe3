import type { SourceDescriptor } from '../../ports/source.ts'
import type { FileDecoder } from '../../rdd/formats/decoder.ts'
import { type OptionsForm, optionObject } from '../../util/option-object.ts'
import { BAD_RECORD_NAMES, type BadRecordOptions } from './bad-records.ts'

/** How a directory's files become a stream. */
export interface FileStreamOptions extends BadRecordOptions {
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

const FILE_STREAM_FORM: OptionsForm<FileStreamOptions> = {
  example: '{ newFilesOnly: false }',
  names: {
    filter: true,
    newFilesOnly: true,
    maxFilesPerBatch: true,
    recursive: true,
    maxLineBytes: true,
    ...BAD_RECORD_NAMES,
  },
}

/** Lines of text, values of JSON in a line each, records of a fixed length, or what a function makes of a file's bytes. */
export type FileFormat =
  | { readonly format: 'text' }
  | { readonly format: 'ndjson' }
  | { readonly format: 'binary-records'; readonly recordLength: number }
  | { readonly decode: FileDecoder<unknown> }

const ANY_FORMAT_FORM: OptionsForm<FileStreamOptions & FileFormat> = {
  example: FILE_STREAM_FORM.example,
  names: { format: true, recordLength: true, decode: true, ...FILE_STREAM_FORM.names },
}

/** The format is said apart from the options where the method that was called says it; else it is among them. */
export function fileSource(directory: string, options: FileStreamOptions, format?: FileFormat): SourceDescriptor {
  const form = format === undefined ? ANY_FORMAT_FORM : FILE_STREAM_FORM
  const given = optionObject(options, 'A file stream', form)
  return { kind: 'file', options: { url: directory, ...format, ...given } }
}
