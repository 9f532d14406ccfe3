import type { Storage } from '../ports/object-store.ts'
import { SluiceError } from '../util/errors.ts'
import type { AccumulatorV2 } from './accumulators/accumulator.ts'
import { CollectionAccumulator } from './accumulators/collection-accumulator.ts'
import { DoubleAccumulator, LongAccumulator } from './accumulators/numeric-accumulators.ts'
import { registerAccumulator } from './accumulators/task-updates.ts'
import { Broadcast } from './broadcast.ts'
import type { Element } from './element.ts'
import { InProcessExecutor } from './executor.ts'
import { FileDatasets } from './files/file-datasets.ts'
import type { FileDecoder } from './formats/decoder.ts'
import { readObjectFile } from './formats/object-file.ts'
import { readSequenceFile } from './formats/read-sequence-file.ts'
import { JobRunner, type RunJob } from './job.ts'
import { LocalProperties, type Properties } from './local-properties.ts'
import { collectPartition } from './nodes/map-partitions.ts'
import type { PipeThrough } from './nodes/pipe.ts'
import { rangeNode } from './nodes/range.ts'
import { parallelizeNode } from './nodes/source.ts'
import { unionNode } from './nodes/union.ts'
import { checkPartitions } from './partitioner.ts'
import { RDD } from './rdd.ts'
import type { RDDContext } from './rdd-context.ts'
import { MemoryShuffleStore } from './shuffle-store.ts'
import { SparkConf } from './spark-conf.ts'
import type { SparkContextOptions } from './spark-context-options.ts'

/**
 * Makes datasets and runs jobs on them. One per batch: what its jobs shuffled is kept until it is dropped.
 *
 * @example
 * ```ts
 * const sc = new SparkContext({ defaultParallelism: 2 })
 * const words = sc.parallelize(['row', 'your', 'boat'])
 * await words.count() // 3
 * words.glom() // [['row'], ['your', 'boat']]
 * sc.union([words, sc.makeRDD(['ashore'])]) // ['row', 'your', 'boat', 'ashore']
 * sc.emptyRDD<string>() // []
 * sc.range(0, 10, 3) // [0, 3, 6, 9]
 * await sc.runJob(words, (part) => part.length) // [1, 2]
 * sc.jobsUnderWay // 0
 * sc.nextSeed() // 0
 * sc.newRddId() > words.id // true
 * sc.register(new LongAccumulator(), 'words')
 * sc.broadcast('row').value // 'row'
 * sc.defaultMinPartitions // 2
 * sc.storage // throws 'no-storage'
 * sc.longAccumulator('letters').name // 'letters'
 * sc.doubleAccumulator().isZero // true
 * sc.collectionAccumulator<string>().value // []
 * sc.parallelize(['row'], 0) // throws 'bad-partition-count'
 * sc.pipeThrough // throws 'no-processes'
 *
 * const named = new SparkContext(new SparkConf().setMaster('local[2]').setAppName('song'))
 * named.getConf().get('spark.app.name') // 'song'
 * named.appName // 'song'
 * named.applicationId // 'song'
 * named.master // 'local[2]'
 * named.isLocal // true
 * named.setLocalProperty('verse', '1')
 * named.getLocalProperty('verse') // '1'
 * named.setJobGroup('boats', 'rows boats')
 * named.setJobDescription('rows a boat')
 * named.getLocalProperty('spark.job.description') // 'rows a boat'
 * named.clearJobGroup()
 * named.localProperties // { verse: '1' }
 * named.setCheckpointDir('data/checkpoint')
 * named.getCheckpointDir() // 'data/checkpoint'
 *
 * sc.stop()
 * sc.isStopped // true
 * await words.count() // throws 'context-stopped'
 * ```
 */
export class SparkContext implements RDDContext {
  readonly defaultParallelism: number
  readonly configuredParallelism: number | undefined
  readonly validateOutputSpecs: boolean
  readonly signal: AbortSignal
  readonly run: RunJob
  readonly appName: string
  readonly #conf: SparkConf
  readonly #properties: LocalProperties
  readonly #pipeThrough: PipeThrough | undefined
  readonly #files: FileDatasets
  readonly #runner: JobRunner
  #rdds = 0
  #stopped = false
  #seed: number
  #checkpointDir: string | undefined

  /** From settings, as in Spark, or from options. */
  constructor(from: SparkContextOptions | SparkConf = {}) {
    const options: SparkContextOptions = from instanceof SparkConf ? { conf: from.clone() } : from
    const { conf = new SparkConf(), signal = new AbortController().signal } = options
    const defaultParallelism = options.defaultParallelism ?? parallelismOf(conf)
    const { executor = new InProcessExecutor(), shuffles = new MemoryShuffleStore() } = options
    this.#runner = new JobRunner({ executor, shuffles, signal })
    this.defaultParallelism = checkPartitions(defaultParallelism ?? 2)
    this.configuredParallelism = defaultParallelism
    this.signal = signal
    this.appName = options.appName ?? conf.get('spark.app.name', 'sluice')
    this.#conf = conf
    this.#properties = new LocalProperties(options.localProperties)
    this.#pipeThrough = options.pipeThrough
    this.#files = new FileDatasets(options.storage, options.gunzip)
    this.validateOutputSpecs = options.validateOutputSpecs ?? true
    this.#seed = options.seed ?? 0
    this.run = (request) => (this.#stopped ? Promise.reject(stoppedContext()) : this.#runner.run(request))
  }

  /** A copy of the settings; to change it changes nothing here. */
  getConf(): SparkConf {
    return this.#conf.clone().setIfMissing('spark.app.name', this.appName)
  }

  /** What the application is filed under everywhere: its name. */
  get applicationId(): string {
    return this.appName
  }

  /** What the settings say of it, `local` by default; everything runs in this process. */
  get master(): string {
    return this.#conf.get('spark.master', 'local')
  }

  /** Always: there is no cluster. */
  get isLocal(): boolean {
    return true
  }

  /** Says something of the jobs to come, for whoever asks by `getLocalProperty`; null takes it back. */
  setLocalProperty(key: string, value: string | null): void {
    this.#properties.set(key, value)
  }

  /** What was said of jobs, by `setLocalProperty` and its like; `undefined` if nothing. */
  getLocalProperty(key: string): string | undefined {
    return this.#properties.get(key)
  }

  /** Says what the jobs to come do; null takes it back. */
  setJobDescription(description: string | null): void {
    this.#properties.describe(description)
  }

  /** Names the jobs to come. There is nothing to cancel them by: a job ends with the signal of its context. */
  setJobGroup(groupId: string, description: string, interruptOnCancel = false): void {
    this.#properties.group(groupId, description, interruptOnCancel)
  }

  /** Takes group and description back. */
  clearJobGroup(): void {
    this.#properties.ungroup()
  }

  /** All that was said of jobs. */
  get localProperties(): Properties {
    return this.#properties.all()
  }

  /** Accepted, as programs for Spark call it: datasets are kept in memory, and `rdd.checkpoint()` needs no directory. */
  setCheckpointDir(directory: string): void {
    this.#checkpointDir = directory
  }

  /** What `setCheckpointDir` was told. */
  getCheckpointDir(): string | undefined {
    return this.#checkpointDir
  }

  /** Jobs that have begun and not ended. */
  get jobsUnderWay(): number {
    return this.#runner.jobsUnderWay
  }

  /** Whether `stop` has been called. */
  get isStopped(): boolean {
    return this.#stopped
  }

  /** Begins no further job: those that are asked for are refused with code `context-stopped`. */
  stop(): void {
    this.#stopped = true
  }

  /** The number of the next dataset. */
  newRddId(): number {
    return this.#rdds++
  }

  /** A seed for whatever is random and was given none; they follow from the context's own. */
  nextSeed(): number {
    return this.#seed++
  }

  /** A dataset of the elements in `numPartitions` slices; refuses a bad number with code `bad-partition-count`. */
  parallelize<T extends Element>(elements: Iterable<T>, numPartitions: number = this.defaultParallelism): RDD<T> {
    const array = Array.isArray(elements) ? elements : [...elements]
    return new RDD(this, parallelizeNode<T>(array, checkPartitions(numPartitions)))
  }

  /** The same as `parallelize`. */
  makeRDD<T extends Element>(elements: Iterable<T>, numPartitions?: number): RDD<T> {
    return this.parallelize(elements, numPartitions)
  }

  /** A dataset without partitions. */
  emptyRDD<T>(): RDD<T> {
    return this.union<T>([])
  }

  /** The whole numbers from `start` to before `end`; a step of 0 is refused with code `bad-range`. */
  range(start: number, end: number, step = 1, numSlices: number = this.defaultParallelism): RDD<number> {
    return new RDD(this, rangeNode({ start, end, step }, checkPartitions(numSlices)))
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
    return new RDD(this, await this.#files.lines(path, checkPartitions(minPartitions)))
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
    return new RDD(this, node)
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
    return new RDD(this, await this.#files.whole(path, checkPartitions(minPartitions), (bytes) => bytes))
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
    return new RDD(this, await this.#files.records(path, recordLength))
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
    return new RDD(this, await this.#files.decoded(path, readObjectFile as FileDecoder<T>))
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
    return new RDD(this, await this.#files.decoded(path, readSequenceFile as FileDecoder<[K, V]>))
  }

  /** Spark's: partitions of files that nobody gave a number. */
  get defaultMinPartitions(): number {
    return Math.min(this.defaultParallelism, 2)
  }

  /** What opens the places of files; throws code `no-storage` where there is none. */
  get storage(): Storage {
    return this.#files.storage
  }

  /** What `rdd.pipe` starts processes with; throws code `no-processes` where there is none. */
  get pipeThrough(): PipeThrough {
    if (this.#pipeThrough !== undefined) return this.#pipeThrough
    throw new SluiceError({
      code: 'no-processes',
      kind: 'invalid',
      message: 'rdd.pipe starts processes, which only applications that sluice/local or the test kit runs can do',
    })
  }

  /** A value that every task reads; a dataset is refused with code `broadcast-rdd`. */
  broadcast<T>(value: T): Broadcast<T> {
    if (!(value instanceof RDD)) return new Broadcast(value)
    throw new SluiceError({
      code: 'broadcast-rdd',
      kind: 'invalid',
      message: 'Can not directly broadcast RDDs; instead, call collect() and broadcast the result',
    })
  }

  /** Adds up whole numbers, beginning with 0. Not bound to this context: it may serve many batches. */
  longAccumulator(name?: string): LongAccumulator {
    return registerAccumulator(new LongAccumulator(), name)
  }

  /** Adds up numbers, beginning with 0. */
  doubleAccumulator(name?: string): DoubleAccumulator {
    return registerAccumulator(new DoubleAccumulator(), name)
  }

  /** Collects elements, beginning with none. */
  collectionAccumulator<T>(name?: string): CollectionAccumulator<T> {
    return registerAccumulator(new CollectionAccumulator<T>(), name)
  }

  /** Makes an accumulator of your own known to tasks; one that is known is refused with code `accumulator-registered`. */
  register<IN, OUT>(accumulator: AccumulatorV2<IN, OUT>, name?: string): void {
    registerAccumulator(accumulator, name)
  }

  /** The partitions of all datasets, one after the other. */
  union<T>(rdds: readonly RDD<T>[]): RDD<T> {
    return new RDD(this, unionNode(rdds.map((rdd) => rdd.node)))
  }

  /** Runs `f` on each partition, an array; results come in the order of the partitions. */
  runJob<T, R>(rdd: RDD<T>, f: (records: T[], partition: number) => R | Promise<R>): Promise<R[]> {
    const { node } = rdd
    return this.run({
      node,
      task: async (partition, task) => f(await collectPartition(node, partition, task), partition),
    })
  }
}

function parallelismOf(conf: SparkConf): number | undefined {
  return conf.contains('spark.default.parallelism') ? conf.getNumber('spark.default.parallelism') : undefined
}

function stoppedContext(): SluiceError {
  return new SluiceError({
    code: 'context-stopped',
    kind: 'invalid',
    message: 'Cannot call methods on a stopped SparkContext; make another one, or stop only the streaming context',
  })
}
