import { type FormatName, PAIR_FORMAT_FORM, type PairFormatOptions } from '../../rdd/formats/named-format.ts'
import type { OutputFormat } from '../../rdd/formats/output-format.ts'
import type { OptionsForm } from '../../util/option-object.ts'
import { OUTPUT_FORM, type OutputNode, type OutputOptions } from '../output-node.ts'
import type { StreamNode } from '../stream-node.ts'
import { checkDestination } from './files-destination.ts'
import { FILES_LAYOUT_NAMES, type FilesLayoutOptions, filesLayout } from './files-layout.ts'
import type { SitedOptions } from './sited-options.ts'

/** What every output of files accepts beyond Spark's arguments. */
export interface FilesOutputOptions extends OutputOptions, FilesLayoutOptions {}

export const FILES_OUTPUT_FORM: OptionsForm<FilesOutputOptions> = {
  example: "'data/counts', '', { name: 'counts' }",
  names: { ...OUTPUT_FORM.names, ...FILES_LAYOUT_NAMES },
}

/** In which format `saveAsFiles` writes. */
export interface FilesOptions<T> extends FilesOutputOptions {
  readonly format: FormatName | OutputFormat<T>
}

export const FILES_FORM: OptionsForm<FilesOptions<never>> = {
  example: "'data/counts', '', { format: 'ndjson' }",
  names: { ...FILES_OUTPUT_FORM.names, format: true },
}

/** In which format `saveAsHadoopFiles` writes pairs. */
export interface HadoopFilesOptions<K, V> extends FilesOutputOptions, PairFormatOptions<K, V> {}

export const HADOOP_FILES_FORM: OptionsForm<HadoopFilesOptions<never, never>> = {
  example: FILES_FORM.example,
  names: { ...FILES_OUTPUT_FORM.names, ...PAIR_FORMAT_FORM.names },
}

/** What a stream's batches are written to, and how. */
export interface FilesOutput<T> {
  /** Empty, or null as in Spark: directories are named after the batch time alone. */
  readonly prefix: string | null
  readonly suffix: string | null
  readonly format: OutputFormat<T>
}

/** The one output that writes files; the method that was called is its kind, and so its default name. */
export function filesOutput<T>(
  stream: StreamNode<T>,
  output: FilesOutput<T>,
  { name, site, ...layoutOptions }: SitedOptions<FilesOutputOptions>,
): OutputNode {
  const [prefix, suffix] = [output.prefix ?? '', output.suffix ?? '']
  checkDestination({ prefix, suffix }, site)
  const place = `${prefix === '' ? '' : `${prefix}-`}TIME${suffix === '' ? '' : `.${suffix}`}`
  const layout = filesLayout(layoutOptions, output.format)
  const sink = { kind: 'files', options: { prefix, suffix, format: output.format, layout } }
  return { kind: site.operator, site, stream, name, sink, place }
}
