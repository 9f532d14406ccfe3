import { callSite } from '../../rdd/call-site.ts'
import { textFormat } from '../../rdd/formats/text-format.ts'
import type { ForeachFunction, OutputOptions } from '../output-node.ts'
import { foreachOutput } from '../outputs/foreach-rdd.ts'
import { printOutput } from '../outputs/print.ts'
import { filesOutput } from '../outputs/save-as-files.ts'
import { StateOperations } from './state-operations.ts'

/** What makes batches happen: a stream that no output needs is never computed. */
export abstract class OutputOperations<T> extends StateOperations<T> {
  /** Prints the first `num` elements of every batch, 10 by default, below a header with the batch time. */
  print(num = 10, options: OutputOptions = {}): void {
    this.graph.addOutput(printOutput(this.node, num, { ...options, site: callSite('print', this.print) }))
  }
  /**
   * Writes each batch that has elements as lines of text to the directory `prefix-TIME_MS[.suffix]`.
   *
   * @example
   * ```ts
   * const counts = words.map((word) => [word, 1]).reduceByKey((a, b) => a + b)
   * // The first batch writes data/counts-1000.txt/part-00000 and so on, and _SUCCESS when all is there.
   * counts.saveAsTextFiles('data/counts', 'txt')
   * ```
   */
  saveAsTextFiles(prefix: string, suffix = '', options: OutputOptions = {}): void {
    const site = callSite('saveAsTextFiles', this.saveAsTextFiles)
    this.graph.addOutput(filesOutput(this.node, { prefix, suffix, format: textFormat }, { ...options, site }))
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
    this.graph.addOutput(foreachOutput(this.node, f, { ...options, site: callSite('foreachRDD', this.foreachRDD) }))
  }
}
