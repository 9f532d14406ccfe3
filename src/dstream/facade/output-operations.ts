import { callSite } from '../../rdd/call-site.ts'
import { elementFormat, pairFormat } from '../../rdd/formats/named-format.ts'
import { objectFormat } from '../../rdd/formats/object-file.ts'
import { textFormat } from '../../rdd/formats/text-format.ts'
import type { DStream } from '../dstream.ts'
import { type ForeachFunction, OUTPUT_FORM, type OutputOptions } from '../output-node.ts'
import { foreachOutput } from '../outputs/foreach-rdd.ts'
import { printOutput } from '../outputs/print.ts'
import {
  FILES_FORM,
  FILES_OUTPUT_FORM,
  type FilesOptions,
  type FilesOutputOptions,
  filesOutput,
  HADOOP_FILES_FORM,
  type HadoopFilesOptions,
} from '../outputs/save-as-files.ts'
import { sitedOptions } from '../outputs/sited-options.ts'
import { StateOperations } from './state-operations.ts'

/** What makes batches happen: a stream that no output needs is never computed. */
export abstract class OutputOperations<T> extends StateOperations<T> {
  /** Prints the first `num` elements of every batch, 10 by default, below a header with the batch time. */
  print(num = 10, options: OutputOptions = {}): void {
    const given = sitedOptions(options, callSite('print', this.print), OUTPUT_FORM)
    this.graph.addOutput(printOutput(this.node, num, given))
  }
  /**
   * Writes each batch that has elements as lines of text to the directory `prefix-TIME_MS[.suffix]`. One file a partition, unless
   * `maxPartBytes`, `maxPartRecords` or `compact` say otherwise, here and in the other outputs of files.
   *
   * @example
   * ```ts
   * const counts = words.map((word) => [word, 1]).reduceByKey((a, b) => a + b)
   * // The first batch writes data/counts-1000.txt/part-00000 and so on, and _SUCCESS when all is there.
   * counts.saveAsTextFiles('data/counts', 'txt')
   * // Files of about 256 MiB: data/all-1000/part-00000-00000 and so on, small ones of several partitions in one.
   * words.saveAsTextFiles('data/all', '', { maxPartBytes: 256 * 1024 ** 2, compact: true })
   * ```
   */
  saveAsTextFiles(prefix: string | null, suffix: string | null = '', options: FilesOutputOptions = {}): void {
    const site = callSite('saveAsTextFiles', this.saveAsTextFiles)
    const given = sitedOptions(options, site, FILES_OUTPUT_FORM)
    this.graph.addOutput(filesOutput(this.node, { prefix, suffix, format: textFormat }, given))
  }
  /**
   * Writes each batch's elements exactly as they are, any plain data, to the directory `prefix-TIME_MS[.suffix]`;
   * `SparkContext.objectFile` reads them.
   *
   * @example
   * ```ts
   * words.map((word) => ({ word, seen: new Date(0), letters: new Set(word) })).saveAsObjectFiles('data/words')
   * ```
   */
  saveAsObjectFiles(prefix: string | null, suffix: string | null = '', options: FilesOutputOptions = {}): void {
    const site = callSite('saveAsObjectFiles', this.saveAsObjectFiles)
    const given = sitedOptions(options, site, FILES_OUTPUT_FORM)
    this.graph.addOutput(filesOutput(this.node, { prefix, suffix, format: objectFormat }, given))
  }
  /**
   * Writes each batch in a format of your choice to the directory `prefix-TIME_MS[.suffix]`: `'ndjson'`, a line of JSON an
   * element, `'text'`, `'object'`, or an object of your own. Refuses what is no format with code `bad-format`.
   *
   * @example
   * ```ts
   * const counts = words.map((word) => [word, 1]).reduceByKey((a, b) => a + b)
   * counts.map(([word, count]) => ({ word, count })).saveAsFiles('data/counts', 'json', { format: 'ndjson' })
   * const encode = ([word, count]: readonly [string, number]) => `${word};${count}\n`
   * counts.saveAsFiles('data/table', '', { format: { extension: 'csv', header: 'word;count\n', encode } })
   * ```
   */
  saveAsFiles(prefix: string | null, suffix: string | null, options: FilesOptions<T>): void {
    const site = callSite('saveAsFiles', this.saveAsFiles)
    const given = sitedOptions(options, site, FILES_FORM)
    const format = elementFormat(given.format)
    this.graph.addOutput(filesOutput(this.node, { prefix, suffix, format }, given))
  }
  /**
   * Writes each batch of pairs to the directory `prefix-TIME_MS[.suffix]`: as lines of key, tab and value, as `'ndjson'`,
   * as `'sequence'`, files that Hadoop reads (`key` and `value` choose their types), or in a format of your own.
   *
   * @example
   * ```ts
   * const counts = words.map((word) => [word, 1]).reduceByKey((a, b) => a + b)
   * counts.saveAsHadoopFiles('data/counts', 'tsv')
   * counts.saveAsHadoopFiles('data/counts', 'seq', { format: 'sequence', key: 'text', value: 'int' })
   * ```
   */
  saveAsHadoopFiles<K, V>(
    this: DStream<[K, V]>,
    prefix: string | null,
    suffix: string | null = '',
    options: HadoopFilesOptions<K, V> = {},
  ): void {
    const site = callSite('saveAsHadoopFiles', this.saveAsHadoopFiles)
    const given = sitedOptions(options, site, HADOOP_FILES_FORM)
    this.graph.addOutput(filesOutput(this.node, { prefix, suffix, format: pairFormat(given) }, given))
  }
  /**
   * The same as `saveAsHadoopFiles`: there is one way to write files here.
   *
   * @example
   * ```ts
   * words.map((word) => [word, word.length]).saveAsNewAPIHadoopFiles('data/lengths', '', { format: 'ndjson' })
   * ```
   */
  saveAsNewAPIHadoopFiles<K, V>(
    this: DStream<[K, V]>,
    prefix: string | null,
    suffix: string | null = '',
    options: HadoopFilesOptions<K, V> = {},
  ): void {
    const site = callSite('saveAsNewAPIHadoopFiles', this.saveAsNewAPIHadoopFiles)
    const given = sitedOptions(options, site, HADOOP_FILES_FORM)
    this.graph.addOutput(filesOutput(this.node, { prefix, suffix, format: pairFormat(given) }, given))
  }
  /**
   * Calls `f` with every batch's dataset, an empty one too; `output.token()` makes its side effects idempotent.
   *
   * @example
   * ```ts
   * const counted = new Map<string, number>()
   * words.foreachRDD(async (rdd, time, output) => {
   *   counted.set(`${output.token()} at ${time}`, await rdd.count())
   * })
   * ```
   */
  foreachRDD(f: ForeachFunction<T>, options: OutputOptions = {}): void {
    const given = sitedOptions(options, callSite('foreachRDD', this.foreachRDD), OUTPUT_FORM)
    this.graph.addOutput(foreachOutput(this.node, f, given))
  }
}
