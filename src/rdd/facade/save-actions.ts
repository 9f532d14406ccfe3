import { optionObject } from '../../util/option-object.ts'
import { saveFiles } from '../actions/save-files.ts'
import { PAIR_FORMAT_FORM, type PairFormatOptions, pairFormat } from '../formats/named-format.ts'
import { objectFormat } from '../formats/object-file.ts'
import { checkFormat, type OutputFormat } from '../formats/output-format.ts'
import { SEQUENCE_FILE_FORM, type SequenceFileOptions } from '../formats/sequence-file.ts'
import { textFormat } from '../formats/text-format.ts'
import type { RDD } from '../rdd.ts'
import { PairActions } from './pair-actions.ts'

/**
 * Actions that write files: `part-00000` and so on into a directory, one for each partition that has elements, and
 * `_SUCCESS` when all are there. A directory that holds anything is refused with code `output-exists`. They write at once:
 * in `foreachRDD` an attempt that fails leaves its files, which streams' own `saveAsTextFiles` and its like do not. There,
 * as in Spark, a directory may exist: the next attempt at the batch writes the same names again.
 */
export abstract class SaveActions<T> extends PairActions<T> {
  /** Writes a line for each element, as `print` shows it. */
  saveAsTextFile(path: string): Promise<void> {
    return this.#save(path, textFormat)
  }
  /** Writes elements exactly as they are, any plain data, for `SparkContext.objectFile`. */
  saveAsObjectFile(path: string): Promise<void> {
    return this.#save(path, objectFormat)
  }
  /** Writes pairs as a SequenceFile that Hadoop reads, for `SparkContext.sequenceFile`. */
  saveAsSequenceFile<K, V>(this: RDD<[K, V]>, path: string, options: SequenceFileOptions = {}): Promise<void> {
    const given = optionObject(options, 'saveAsSequenceFile', SEQUENCE_FILE_FORM)
    return this.saveAsHadoopFile(path, { ...given, format: 'sequence' })
  }
  /** Writes pairs in a format of your choice: by default lines of key, tab and value. */
  saveAsHadoopFile<K, V>(this: RDD<[K, V]>, path: string, options: PairFormatOptions<K, V> = {}): Promise<void> {
    return this.saveAsFile(path, pairFormat(optionObject(options, 'saveAsHadoopFile', PAIR_FORMAT_FORM)))
  }
  /** Writes elements in any format, your own too. */
  saveAsFile(path: string, format: OutputFormat<T>): Promise<void> {
    return this.#save(path, checkFormat(format))
  }

  async #save(path: string, format: OutputFormat<T>): Promise<void> {
    const { storage, run, validateOutputSpecs } = this.sparkContext
    await saveFiles(this.node, { directory: storage.open(path), format, run, validateOutputSpecs })
  }
}
