import { sizeOf } from './size-of.ts'

/** What one dataset holds in memory, as a bill that outlives it. */
interface Account {
  bytes: number
}

/** The partitions of one persisted dataset that are in memory. Gone when the dataset is garbage: batches end, processes go on. */
export class KeptPartitions {
  readonly records = new Map<number, readonly unknown[]>()
  readonly sizes = new Map<number, number>()
  readonly account: Account = { bytes: 0 }
}

/**
 * Bounds what all persisted datasets together hold, in estimated bytes: past the limit, the partitions of datasets that
 * were used longest ago make room. What finds none is not kept.
 */
export class PartitionCache {
  readonly limitBytes: number
  #bytes = 0
  /** In the order of their last use. */
  readonly #tenants = new Map<Account, WeakRef<KeptPartitions>>()
  readonly #abandoned = new FinalizationRegistry<Account>((account) => this.#close(account))

  constructor(limitBytes: number) {
    this.limitBytes = limitBytes
  }

  /** Estimated. */
  get bytes(): number {
    return this.#bytes
  }

  open(): KeptPartitions {
    const kept = new KeptPartitions()
    this.#abandoned.register(kept, kept.account)
    return kept
  }

  get(kept: KeptPartitions, partition: number): readonly unknown[] | undefined {
    const records = kept.records.get(partition)
    if (records) this.#touch(kept)
    return records
  }

  /** Whether so many records can be kept if nothing else is. */
  fits(records: readonly unknown[]): boolean {
    return sizeOf(records) <= this.limitBytes
  }

  put(kept: KeptPartitions, partition: number, records: readonly unknown[]): void {
    const bytes = sizeOf(records)
    this.#remove(kept, partition)
    if (!this.#makeRoom(bytes, kept.account)) return
    kept.records.set(partition, records)
    kept.sizes.set(partition, bytes)
    kept.account.bytes += bytes
    this.#bytes += bytes
    this.#touch(kept)
  }

  drop(kept: KeptPartitions): void {
    kept.records.clear()
    kept.sizes.clear()
    this.#close(kept.account)
  }

  #touch(kept: KeptPartitions): void {
    const ref = this.#tenants.get(kept.account) ?? new WeakRef(kept)
    this.#tenants.delete(kept.account)
    this.#tenants.set(kept.account, ref)
  }

  #close(account: Account): void {
    this.#tenants.delete(account)
    this.#bytes -= account.bytes
    account.bytes = 0
  }

  #remove(kept: KeptPartitions, partition: number): void {
    const bytes = kept.sizes.get(partition) ?? 0
    kept.records.delete(partition)
    kept.sizes.delete(partition)
    kept.account.bytes -= bytes
    this.#bytes -= bytes
  }

  /** A dataset does not push out its own partitions: it would lose each just before it is wanted again. */
  #makeRoom(bytes: number, by: Account): boolean {
    if (bytes > this.limitBytes) return false
    for (const [account, ref] of this.#tenants) {
      if (account === by) continue
      const kept = ref.deref()
      for (const partition of [...(kept?.records.keys() ?? [])]) {
        if (this.#bytes + bytes <= this.limitBytes) return true
        if (kept) this.#remove(kept, partition)
      }
      if (!kept || kept.records.size === 0) this.#close(account)
    }
    return this.#bytes + bytes <= this.limitBytes
  }
}
