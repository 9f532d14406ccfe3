import type { Awaitable } from '../../util/awaitable.ts'
import { SluiceError } from '../../util/errors.ts'
import { chunksOf } from '../chunks.ts'
import { defaultPartitioner } from '../default-partitioner.ts'
import { lineageText } from '../lineage.ts'
import type { Dependency, Node, Task } from '../node.ts'
import { PersistableNode } from '../nodes/persistable.ts'
import { HashPartitioner, type Partitioner, type Partitioning } from '../partitioner.ts'
import type { RDD } from '../rdd.ts'
import type { RDDContext } from '../rdd-context.ts'
import { StorageLevel } from '../storage-level.ts'

/** What every section of the façade builds on. The sections stand in files of their own; `RDD` is the last of them. */
export abstract class DatasetBase<T> {
  readonly sparkContext: RDDContext
  readonly node: Node<T>
  /** Its number among the datasets of its context. */
  readonly id: number
  readonly #persistable: PersistableNode<T>
  #name: string | undefined
  #isLocallyCheckpointed = false

  constructor(sparkContext: RDDContext, node: Node<T>) {
    this.sparkContext = sparkContext
    // Another view of the same dataset, as an operator gives that finds nothing to do, is kept together with it.
    this.#persistable = node instanceof PersistableNode ? node : new PersistableNode(node)
    this.node = this.#persistable
    this.id = sparkContext.newRddId()
    if (this.node !== node) this.#persistable.label = `RDD[${this.id}]`
  }

  /** A dataset of the same context with another recipe: how operators are added. */
  abstract derive<U>(node: Node<U>): RDD<U>

  /** The same as `sparkContext`. */
  get context(): RDDContext {
    return this.sparkContext
  }
  /** What `setName` gave it. */
  get name(): string | undefined {
    return this.#name
  }
  /** A name to know it by. */
  setName(name: string): this {
    this.#name = name
    this.#persistable.label = `${name} RDD[${this.id}]`
    return this
  }

  /**
   * Keeps the partitions that jobs compute in memory, for later jobs, also of other contexts, and until `unpersist` or
   * until nothing refers to the dataset. Up to 256 MB are kept of all datasets of a process together; what does not fit, or
   * has had to make room, is computed again. Functions of all jobs get the very elements that are kept, and actions give
   * copies; of levels that serialise in Spark (`MEMORY_ONLY_SER` and its like) each job gets its own. Another level than
   * before is refused with code `storage-level-assigned`.
   *
   * @example
   * ```ts
   * let computed = 0
   * const lengths = new SparkContext().parallelize(['row', 'boat']).map((word) => (computed++, word.length))
   * await lengths.persist(StorageLevel.MEMORY_AND_DISK).count() // 2
   * await lengths.collect() // [3, 4]
   * computed // 2
   * lengths.persist(StorageLevel.DISK_ONLY) // throws 'storage-level-assigned'
   * ```
   */
  persist(level: StorageLevel = StorageLevel.MEMORY_ONLY): this {
    this.#persistable.persist(level)
    return this
  }
  /** `persist` at Spark's default level, `MEMORY_ONLY`. */
  cache(): this {
    return this.persist()
  }
  /** Lets go of what is kept; the dataset may be persisted anew, at any level. */
  unpersist(): this {
    this.#persistable.unpersist()
    return this
  }
  /** `StorageLevel.NONE` unless it is persisted. */
  getStorageLevel(): StorageLevel {
    return this.#persistable.level
  }
  /**
   * Marks it to be kept as `persist` does, at a level that names the disk, too, as in Spark. The lineage stays, so that
   * nothing is lost when memory is short.
   */
  localCheckpoint(): this {
    const level = this.#persistable.level
    if (level === StorageLevel.NONE) this.#persistable.persist(StorageLevel.MEMORY_AND_DISK)
    else if (!level.useDisk) {
      this.#persistable.unpersist()
      this.#persistable.persist(new StorageLevel({ ...level, useDisk: true }))
    }
    this.#isLocallyCheckpointed = true
    return this
  }
  /** The same as `localCheckpoint`: a dataset's lineage is no longer than its batch, and needs no files to end it. */
  checkpoint(): this {
    return this.localCheckpoint()
  }
  /** `undefined`: no dataset is checkpointed to files. */
  getCheckpointFile(): string | undefined {
    return undefined
  }
  /** Whether `localCheckpoint` was called and a job has computed all of it since. */
  get isCheckpointed(): boolean {
    return this.#isLocallyCheckpointed && this.#persistable.isComplete
  }

  /**
   * What it is made from, a line for each dataset, parents below; in parentheses the partitions of each stage.
   *
   * @example
   * ```ts
   * const words = new SparkContext().parallelize(['row', 'boat']).setName('words')
   * const counts = words.map((word) => [word, 1]).reduceByKey((a, b) => a + b)
   * counts.toDebugString() // '(2) RDD[2]\n +-(2) RDD[1]\n    |  words RDD[0]'
   * ```
   */
  toDebugString(): string {
    return lineageText(this.node)
  }
  /** Refused with code `no-barrier`: it launches all tasks of a stage at once, and here they run as there is room. */
  barrier(): never {
    throw new SluiceError({
      code: 'no-barrier',
      kind: 'invalid',
      message:
        'Tasks are not launched together here, and cannot wait for one another; use mapPartitions in place of barrier()',
    })
  }

  /** The partitions by their index. */
  get partitions(): readonly { readonly index: number }[] {
    return Array.from({ length: this.node.partitions }, (_, index) => ({ index }))
  }
  /** What its recipe reads, directly: within the same stage, or through a shuffle. */
  get dependencies(): readonly Dependency[] {
    return this.node.dependencies
  }
  /** None: every partition is computed in this process. */
  preferredLocations(_partition: { readonly index: number }): readonly string[] {
    return []
  }
  /** How many partitions this is computed in. */
  getNumPartitions(): number {
    return this.node.partitions
  }
  /** What placed the keys of these pairs, if anything did; operations that agree with it need not shuffle. */
  get partitioner(): Partitioner | undefined {
    return this.node.partitioner
  }

  /** Runs `task` on each partition, read in chunks as it asks for them; results come in the order of the partitions. */
  runPartitions<R>(task: (partition: number, chunks: AsyncIterable<readonly T[]>) => Promise<R>): Promise<R[]> {
    const { node } = this
    return this.runTasks((partition, surroundings) => task(partition, chunksOf(node, partition, surroundings)))
  }

  /** What partitions the result of an operation on the keys of this dataset, and of `others`. */
  partitionerFor(partitioning: Partitioning | undefined, ...others: readonly RDD<unknown>[]): Partitioner {
    if (typeof partitioning === 'number') return new HashPartitioner(partitioning)
    const nodes: Node<unknown>[] = [this.node, ...others.map((other) => other.node)]
    return partitioning ?? defaultPartitioner(nodes, this.sparkContext.configuredParallelism)
  }

  protected runTasks<R>(task: (partition: number, task: Task) => Awaitable<R>): Promise<R[]> {
    return this.sparkContext.run({ node: this.node, task })
  }
  protected defaultPartitions(): number {
    return this.sparkContext.configuredParallelism ?? Math.max(1, this.node.partitions)
  }
}
