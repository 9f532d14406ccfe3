import { type HashKey, hashKeyOfPartitionKey } from './hash-key.ts'
import type { Shard } from './shard.ts'

/** Partition keys whose shard is remembered: an MD5 costs more than everything else that is done to a small record. */
const REMEMBERED_KEYS = 65_536

/** Which open shard a record belongs to. Made anew whenever shards split or merge. */
export class ShardRouter {
  readonly #shards: readonly Shard[]
  readonly #byPartitionKey = new Map<string, Shard>()

  constructor(shards: readonly Shard[]) {
    const byStart = (a: Shard, b: Shard) => (a.facts.startHashKey < b.facts.startHashKey ? -1 : 1)
    this.#shards = shards.filter(({ open }) => open).sort(byStart)
  }

  ofPartitionKey(partitionKey: string): Shard {
    if (this.#shards.length === 1) return this.#shards[0] as Shard
    const known = this.#byPartitionKey.get(partitionKey)
    if (known) return known
    const shard = this.ofHashKey(hashKeyOfPartitionKey(partitionKey))
    if (this.#byPartitionKey.size >= REMEMBERED_KEYS) this.#byPartitionKey.clear()
    this.#byPartitionKey.set(partitionKey, shard)
    return shard
  }

  /** The ranges of the open shards cover every hash key, so there always is one. */
  ofHashKey(hashKey: HashKey): Shard {
    let low = 0
    let high = this.#shards.length - 1
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#shards[middle] as Shard).facts.endHashKey < hashKey) low = middle + 1
      else high = middle
    }
    return this.#shards[low] as Shard
  }
}
