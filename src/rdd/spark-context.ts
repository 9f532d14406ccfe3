import { SluiceError } from '../util/errors.ts'
import { optionObject } from '../util/option-object.ts'
import type { AccumulatorV2 } from './accumulators/accumulator.ts'
import { CollectionAccumulator } from './accumulators/collection-accumulator.ts'
import { DoubleAccumulator, LongAccumulator } from './accumulators/numeric-accumulators.ts'
import { registerAccumulator } from './accumulators/task-updates.ts'
import { Broadcast } from './broadcast.ts'
import type { Element } from './element.ts'
import { InProcessExecutor } from './executor.ts'
import { FileReaders } from './facade/file-readers.ts'
import { JobRunner, type RunJob } from './job.ts'
import type { Node } from './node.ts'
import { collectPartition } from './nodes/map-partitions.ts'
import type { PipeThrough } from './nodes/pipe.ts'
import { rangeNode } from './nodes/range.ts'
import { parallelizeNode } from './nodes/source.ts'
import { unionNode } from './nodes/union.ts'
import { checkPartitions } from './partitioner.ts'
import { RDD } from './rdd.ts'
import type { RDDContext } from './rdd-context.ts'
import { MemoryShuffleStore } from './shuffle-store.ts'
import { configuredParallelism, SparkConf } from './spark-conf.ts'
import { SPARK_CONTEXT_FORM, type SparkContextOptions } from './spark-context-options.ts'

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
export class SparkContext extends FileReaders implements RDDContext {
  override readonly defaultParallelism: number
  readonly configuredParallelism: number | undefined
  readonly validateOutputSpecs: boolean
  readonly signal: AbortSignal
  readonly run: RunJob
  readonly #pipeThrough: PipeThrough | undefined
  readonly #runner: JobRunner
  #rdds = 0
  #stopped = false
  #seed: number

  /** From settings, as in Spark, or from options. */
  constructor(from: SparkContextOptions | SparkConf = {}) {
    const given: SparkContextOptions = from instanceof SparkConf ? { conf: from.clone() } : from
    const options = optionObject(given, 'A SparkContext', SPARK_CONTEXT_FORM)
    const { conf = new SparkConf(), signal = new AbortController().signal } = options
    super(conf, options)
    const defaultParallelism = options.defaultParallelism ?? configuredParallelism(conf)
    const { executor = new InProcessExecutor(), shuffles = new MemoryShuffleStore() } = options
    this.#runner = new JobRunner({ executor, shuffles, signal })
    this.defaultParallelism = checkPartitions(defaultParallelism ?? 2)
    this.configuredParallelism = defaultParallelism
    this.signal = signal
    this.#pipeThrough = options.pipeThrough
    this.validateOutputSpecs = options.validateOutputSpecs ?? true
    this.#seed = options.seed ?? 0
    this.run = (request) => (this.#stopped ? Promise.reject(stoppedContext()) : this.#runner.run(request))
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
    return this.dataset(parallelizeNode<T>(array, checkPartitions(numPartitions)))
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
    return this.dataset(rangeNode({ start, end, step }, checkPartitions(numSlices)))
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
    return this.dataset(unionNode(rdds.map((rdd) => rdd.node)))
  }

  /** Runs `f` on each partition, an array; results come in the order of the partitions. */
  runJob<T, R>(rdd: RDD<T>, f: (records: T[], partition: number) => R | Promise<R>): Promise<R[]> {
    const { node } = rdd
    return this.run({
      node,
      task: async (partition, task) => f(await collectPartition(node, partition, task), partition),
    })
  }

  protected override dataset<T>(node: Node<T>): RDD<T> {
    return new RDD(this, node)
  }
}

function stoppedContext(): SluiceError {
  return new SluiceError({
    code: 'context-stopped',
    kind: 'invalid',
    message: 'Cannot call methods on a stopped SparkContext; make another one, or stop only the streaming context',
  })
}
