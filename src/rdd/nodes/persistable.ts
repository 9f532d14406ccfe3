import type { Awaitable } from '../../util/awaitable.ts'
import { SluiceError } from '../../util/errors.ts'
import { CHUNK_RECORDS, type Dependency, type Emit, type Node, type Task } from '../node.ts'
import { ownElements } from '../own-element.ts'
import { type KeptPartitions, PartitionCache } from '../partition-cache.ts'
import type { Partitioner } from '../partitioner.ts'
import { pushAll } from '../push.ts'
import { StorageLevel } from '../storage-level.ts'

/** Memory for persisted partitions of all datasets of this process, estimated. */
const CACHE_BYTES = 256 * 1024 * 1024

/** Persisted data is computed once per process, whichever batch's context computes it. */
const cache = new PartitionCache(CACHE_BYTES)

/** What is computed, and for whom. */
interface Place {
  readonly partition: number
  readonly task: Task
}

/** What there is of a dataset only while it is persisted. */
class Kept<T> {
  readonly partitions: KeptPartitions
  readonly underWay = new Map<number, Promise<readonly T[] | undefined>>()
  readonly computed = new Set<number>()

  constructor(partitions: KeptPartitions) {
    this.partitions = partitions
  }
}

/** Ends the collecting of a partition that does not fit. */
const TOO_LARGE = Symbol('too large')

/**
 * What every dataset wraps its recipe in, so that it can be persisted after others have been derived from it. Until then
 * it adds nothing to a record's way.
 */
export class PersistableNode<T> implements Node<T> {
  readonly partitions: number
  readonly partitioner: Partitioner | undefined
  /** Those of the recipe even while all is kept: what is kept may have to make room. */
  readonly dependencies: readonly Dependency[]
  readonly size: Node<T>['size']
  /** As texts about the lineage call the dataset. */
  label = 'RDD'
  readonly #recipe: Node<T>
  readonly #cache: PartitionCache
  #kept: Kept<T> | undefined
  #level = StorageLevel.NONE

  constructor(recipe: Node<T>, into: PartitionCache = cache) {
    this.partitions = recipe.partitions
    this.partitioner = recipe.partitioner
    this.dependencies = recipe.dependencies
    this.size = recipe.size
    this.#recipe = recipe
    this.#cache = into
  }

  get level(): StorageLevel {
    return this.#level
  }

  get sharesObjects(): boolean {
    return this.#level.deserialized
  }

  /** Whether every partition has been computed since it was persisted. */
  get isComplete(): boolean {
    return this.#kept?.computed.size === this.partitions
  }

  persist(level: StorageLevel): void {
    if (!(level instanceof StorageLevel)) throw notALevel(level)
    if (this.#level !== StorageLevel.NONE && !this.#level.equals(level)) throw levelAssigned(this.#level)
    if (level.equals(StorageLevel.NONE)) return
    this.#level = level
    this.#kept ??= new Kept(this.#cache.open())
  }

  unpersist(): void {
    this.#level = StorageLevel.NONE
    if (this.#kept) this.#cache.drop(this.#kept.partitions)
    this.#kept = undefined
  }

  compute(partition: number, task: Task, emit: Emit<T>): Awaitable<void> {
    const kept = this.#kept
    return kept ? this.#fromKept(kept, { partition, task }, emit) : this.#recipe.compute(partition, task, emit)
  }

  async #fromKept(kept: Kept<T>, at: Place, emit: Emit<T>): Promise<void> {
    const { partition, task } = at
    const records = await this.#records(kept, at)
    if (!records) return this.#recipe.compute(partition, task, emit)
    const origin = { partition, describe: (index: number) => `persisted record ${index + 1}` }
    const { deserialized } = this.#level
    await pushAll(deserialized ? records : ownElements(records), emit, { task, origin })
  }

  async #records(kept: Kept<T>, at: Place): Promise<readonly T[] | undefined> {
    const known = this.#cache.get(kept.partitions, at.partition) as readonly T[] | undefined
    if (known) return known
    const other = kept.underWay.get(at.partition)
    // Whoever computes it already may be stopped by its own deadline, which is not ours.
    if (other) return other.catch(() => this.#collect(kept, at))
    const collecting = this.#collect(kept, at)
    kept.underWay.set(at.partition, collecting)
    try {
      return await collecting
    } finally {
      kept.underWay.delete(at.partition)
    }
  }

  /** `undefined`: more than fits. */
  async #collect(kept: Kept<T>, { partition, task }: Place): Promise<readonly T[] | undefined> {
    const records: T[] = []
    let nextLook = CHUNK_RECORDS
    const collect = (record: T): void => {
      if (records.push(record) < nextLook) return
      if (!this.#cache.fits(records)) throw TOO_LARGE
      nextLook *= 2
    }
    try {
      await this.#recipe.compute(partition, task, collect)
    } catch (thrown) {
      if (thrown === TOO_LARGE) return undefined
      throw thrown
    }
    kept.computed.add(partition)
    if (kept === this.#kept) this.#cache.put(kept.partitions, partition, records)
    return records
  }
}

/** A text instead of a level is what PySpark's users may try. */
function notALevel(level: never): SluiceError {
  return new SluiceError({
    code: 'bad-storage-level',
    kind: 'invalid',
    message: `A storage level is one of StorageLevel's constants, as in persist(StorageLevel.MEMORY_AND_DISK): ${level}`,
  })
}

function levelAssigned(level: StorageLevel): SluiceError {
  return new SluiceError({
    code: 'storage-level-assigned',
    kind: 'invalid',
    message: `Cannot change storage level of an RDD after it was already assigned a level; unpersist it first: ${level}`,
  })
}
