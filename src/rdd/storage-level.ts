/** What a storage level is made of. */
export interface StorageFlags {
  readonly useDisk: boolean
  readonly useMemory: boolean
  readonly useOffHeap: boolean
  readonly deserialized: boolean
  readonly replication: number
}

/**
 * Where a persisted dataset's partitions are to be kept, with Spark's constants. Sluice keeps them in this process's
 * memory, as they are, whatever the level: a process that may end with its batch has no disk worth keeping data on. What
 * does not fit is computed again, as Spark does for `MEMORY_ONLY`; the level says what was asked for.
 *
 * @example
 * ```ts
 * const words = new SparkContext().parallelize(['row', 'boat']).persist(StorageLevel.MEMORY_AND_DISK)
 * words.getStorageLevel().useDisk // true
 * String(StorageLevel.MEMORY_ONLY_SER_2) // 'StorageLevel(memory, 2 replicas)'
 * words.unpersist().getStorageLevel() === StorageLevel.NONE // true
 * ```
 */
export class StorageLevel implements StorageFlags {
  static readonly NONE = new StorageLevel(flags('', { deserialized: false }))
  static readonly DISK_ONLY = new StorageLevel(flags('disk', { deserialized: false }))
  static readonly DISK_ONLY_2 = new StorageLevel(flags('disk', { deserialized: false, replication: 2 }))
  static readonly DISK_ONLY_3 = new StorageLevel(flags('disk', { deserialized: false, replication: 3 }))
  static readonly MEMORY_ONLY = new StorageLevel(flags('memory'))
  static readonly MEMORY_ONLY_2 = new StorageLevel(flags('memory', { replication: 2 }))
  static readonly MEMORY_ONLY_SER = new StorageLevel(flags('memory', { deserialized: false }))
  static readonly MEMORY_ONLY_SER_2 = new StorageLevel(flags('memory', { deserialized: false, replication: 2 }))
  static readonly MEMORY_AND_DISK = new StorageLevel(flags('disk memory'))
  static readonly MEMORY_AND_DISK_2 = new StorageLevel(flags('disk memory', { replication: 2 }))
  static readonly MEMORY_AND_DISK_SER = new StorageLevel(flags('disk memory', { deserialized: false }))
  static readonly MEMORY_AND_DISK_SER_2 = new StorageLevel(
    flags('disk memory', { deserialized: false, replication: 2 }),
  )
  static readonly OFF_HEAP = new StorageLevel(flags('disk memory offheap', { deserialized: false }))

  readonly useDisk: boolean
  readonly useMemory: boolean
  readonly useOffHeap: boolean
  readonly deserialized: boolean
  readonly replication: number

  constructor(flags: StorageFlags) {
    this.useDisk = flags.useDisk
    this.useMemory = flags.useMemory
    this.useOffHeap = flags.useOffHeap
    this.deserialized = flags.deserialized
    this.replication = flags.replication
  }

  /** Whether anything is to be kept at all. */
  get isValid(): boolean {
    return (this.useMemory || this.useDisk) && this.replication > 0
  }

  /** Whether the other says the same. */
  equals(other: StorageLevel): boolean {
    return String(this) === String(other)
  }

  /** As Spark prints it: `StorageLevel(disk, memory, deserialized, 1 replicas)`. */
  toString(): string {
    const { useDisk, useMemory, useOffHeap, deserialized, replication } = this
    const named = { disk: useDisk, memory: useMemory, offheap: useOffHeap, deserialized }
    const set = Object.entries(named).flatMap(([name, isSet]) => (isSet ? [name] : []))
    return `StorageLevel(${[...set, `${replication} replicas`].join(', ')})`
  }
}

function flags(
  places: string,
  { deserialized = true, replication = 1 }: { readonly deserialized?: boolean; readonly replication?: number } = {},
): StorageFlags {
  return {
    useDisk: places.includes('disk'),
    useMemory: places.includes('memory'),
    useOffHeap: places.includes('offheap'),
    deserialized,
    replication,
  }
}
