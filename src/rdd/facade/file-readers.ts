import type { Storage } from '../../ports/object-store.ts'
import { FileDatasets } from '../files/file-datasets.ts'
import type { FileDecoder } from '../formats/decoder.ts'
import { readObjectFile } from '../formats/object-file.ts'
import { readSequenceFile } from '../formats/read-sequence-file.ts'
import type { Node } from '../node.ts'
import { checkPartitions } from '../partitioner.ts'
import type { RDD } from '../rdd.ts'
import type { SparkConf } from '../spark-conf.ts'
import type { SparkContextOptions } from '../spark-context-options.ts'
import { ContextSettings } from './context-settings.ts'

/** Datasets of files. */
export abstract class FileReaders extends ContextSettings {
  abstract readonly defaultParallelism: number
  readonly #files: FileDatasets

  constructor(conf: SparkConf, options: SparkContextOptions) {
    super(conf, options)
    this.#files = new FileDatasets(options.storage, options.gunzip)
  }

  /**
   * The lines of a file, of the files directly in a directory, or of those that match a glob, `.gz` taken apart; several
   * of these may follow one another with commas between. At least about `minPartitions`, at most 128 MB each.
   *
   * @example
   * ```ts
   * const sc = new SparkContext({ storage })
   * await sc.parallelize(['row', 'boat']).saveAsTextFile('data/words')
   * const words = await sc.textFile('data/words') // ['row', 'boat']
   * await sc.wholeTextFiles('data/words/part-00000').then((files) => files.values().collect()) // ['row\n']
   * await words.saveAsTextFile('data/words').catch((error) => error.code) // 'output-exists'
   * ```
   */
  async textFile(path: string, minPartitions: number = this.defaultMinPartitions): Promise<RDD<string>> {
    return this.dataset(await this.#files.lines(path, checkPartitions(minPartitions)))
  }

  /**
   * Pairs of each file's URL and its text, which must fit in memory; a path is what `textFile` takes.
   *
   * @example
   * ```ts
   * const sc = new SparkContext({ storage })
   * await sc.parallelize(['row', 'boat'], 1).saveAsTextFile('memory://song')
   * await sc.wholeTextFiles('memory://song') // [['memory://song/part-00000', 'row\nboat\n']]
   * ```
   */
  async wholeTextFiles(
    path: string,
    minPartitions: number = this.defaultMinPartitions,
  ): Promise<RDD<[string, string]>> {
    const decoder = new TextDecoder()
    const node = await this.#files.whole(path, checkPartitions(minPartitions), (bytes) => decoder.decode(bytes))
    return this.dataset(node)
  }

  /**
   * Pairs of each file's URL and its bytes, which must fit in memory.
   *
   * @example
   * ```ts
   * const sc = new SparkContext({ storage })
   * await sc.parallelize(['!'], 1).saveAsTextFile('memory://bytes')
   * await sc.binaryFiles('memory://bytes') // [['memory://bytes/part-00000', Uint8Array.of(33, 10)]]
   * ```
   */
  async binaryFiles(
    path: string,
    minPartitions: number = this.defaultMinPartitions,
  ): Promise<RDD<[string, Uint8Array]>> {
    return this.dataset(await this.#files.whole(path, checkPartitions(minPartitions), (bytes) => bytes))
  }

  /**
   * Records of `recordLength` bytes each; a file that does not end with a whole one is refused with code `record-length`.
   *
   * @example
   * ```ts
   * const sc = new SparkContext({ storage })
   * await sc.parallelize(['?', '!'], 1).saveAsTextFile('memory://records')
   * await sc.binaryRecords('memory://records', 2) // [Uint8Array.of(63, 10), Uint8Array.of(33, 10)]
   * ```
   */
  async binaryRecords(path: string, recordLength: number): Promise<RDD<Uint8Array>> {
    return this.dataset(await this.#files.records(path, recordLength))
  }

  /**
   * The elements that `saveAsObjectFile` wrote, exactly.
   *
   * @example
   * ```ts
   * const sc = new SparkContext({ storage })
   * await sc.parallelize([new Date(0), undefined]).saveAsObjectFile('data/objects')
   * await sc.objectFile('data/objects') // [new Date(0), undefined]
   * ```
   */
  async objectFile<T>(path: string): Promise<RDD<T>> {
    return this.dataset(await this.#files.decoded(path, readObjectFile as FileDecoder<T>))
  }

  /**
   * The pairs of SequenceFiles, uncompressed ones, with keys and values of Hadoop's basic types.
   *
   * @example
   * ```ts
   * const sc = new SparkContext({ storage })
   * await sc.parallelize([['row', 3]]).saveAsSequenceFile('data/sequence')
   * await sc.sequenceFile('data/sequence') // [['row', 3]]
   * ```
   */
  async sequenceFile<K, V>(path: string): Promise<RDD<[K, V]>> {
    return this.dataset(await this.#files.decoded(path, readSequenceFile as FileDecoder<[K, V]>))
  }

  /** Spark's: partitions of files that nobody gave a number. */
  get defaultMinPartitions(): number {
    return Math.min(this.defaultParallelism, 2)
  }

  /** What opens the places of files; throws code `no-storage` where there is none. */
  get storage(): Storage {
    return this.#files.storage
  }

  /** A dataset of this context. */
  protected abstract dataset<T>(node: Node<T>): RDD<T>
}
