import type { FormatName, PairFormatOptions } from '../../rdd/formats/named-format.ts'
import type { OutputFormat } from '../../rdd/formats/output-format.ts'
import type { OutputNode, OutputOptions } from '../output-node.ts'
import type { StreamNode } from '../stream-node.ts'
import { checkDestination } from './files-destination.ts'
import { type FilesLayoutOptions, filesLayout } from './files-layout.ts'
import type { SitedOptions } from './sited-options.ts'

/** What every output of files accepts beyond Spark's arguments. */
export interface FilesOutputOptions extends OutputOptions, FilesLayoutOptions {}

/** In which format `saveAsFiles` writes. */
export interface FilesOptions<T> extends FilesOutputOptions {
  readonly format: FormatName | OutputFormat<T>
}

/** In which format `saveAsHadoopFiles` writes pairs. */
export interface HadoopFilesOptions<K, V> extends FilesOutputOptions, PairFormatOptions<K, V> {}

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
