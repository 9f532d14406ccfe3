import { type HashKey, hashKeyDecimal } from './hash-key.ts'
import type { ShardLog } from './shard-log.ts'
import { Throughput } from './throughput.ts'

/** What is kept of a shard beside its records. */
export interface ShardFacts {
  readonly index: number
  readonly startHashKey: HashKey
  readonly endHashKey: HashKey
  readonly parents: readonly number[]
  /** Ordinal of its creation: lower than that of every record in it, higher than that of every record in its parents. */
  readonly startOrdinal: number
  readonly createdMs: number
  /** Set once it was split or merged; higher than the ordinal of every record in it. */
  readonly endOrdinal?: number
  readonly closedMs?: number
}

export class Shard {
  readonly id: string
  readonly log: ShardLog
  readonly throughput = new Throughput()
  #facts: ShardFacts

  constructor(facts: ShardFacts, log: ShardLog) {
    this.id = shardId(facts.index)
    this.#facts = facts
    this.log = log
  }

  get facts(): ShardFacts {
    return this.#facts
  }

  get open(): boolean {
    return this.#facts.endOrdinal === undefined
  }

  end(endOrdinal: number, closedMs: number): void {
    this.#facts = { ...this.#facts, endOrdinal, closedMs }
  }

  get hashKeyRange(): { readonly StartingHashKey: string; readonly EndingHashKey: string } {
    const { startHashKey, endHashKey } = this.#facts
    return { StartingHashKey: hashKeyDecimal(startHashKey), EndingHashKey: hashKeyDecimal(endHashKey) }
  }
}

export function shardId(index: number): string {
  return `shardId-${String(index).padStart(12, '0')}`
}

/** Nothing if it is no shard id. */
export function shardIndex(id: string): number | undefined {
  const digits = /^shardId-(\d{12})$/.exec(id)?.[1]
  return digits === undefined ? undefined : Number(digits)
}
