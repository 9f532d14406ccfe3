import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { replaceFile } from '../storage/atomic-file.ts'
import { ACCOUNT } from './errors.ts'
import { evenRanges, type HashKey } from './hash-key.ts'
import { Shard, type ShardFacts } from './shard.ts'
import { ShardLog } from './shard-log.ts'
import { ShardRouter } from './shard-router.ts'

export type StreamMode = 'PROVISIONED' | 'ON_DEMAND'

/** What is kept of a stream beside its records, in one file that is replaced whole. */
export interface StreamFacts {
  readonly name: string
  readonly createdMs: number
  readonly mode: StreamMode
  readonly retentionHours: number
  /** Arrival times before this stay gone, however long the retention became since. */
  readonly trimmedMs: number
  /** Higher than every ordinal given out before the facts were written; the logs know the rest. */
  readonly nextOrdinal: number
  readonly shards: readonly ShardFacts[]
}

const HOUR_MS = 3_600_000

export class Stream {
  readonly name: string
  readonly createdMs: number
  readonly mode: StreamMode
  readonly #directory: string | undefined
  readonly #shards = new Map<number, Shard>()
  #retentionHours: number
  #trimmedMs: number
  #nextOrdinal: number
  #nextShard: number
  #router: ShardRouter

  /** From facts and, given a directory, the logs in it. */
  constructor(facts: StreamFacts, directory?: string) {
    this.name = facts.name
    this.createdMs = facts.createdMs
    this.mode = facts.mode
    this.#directory = directory
    this.#retentionHours = facts.retentionHours
    this.#trimmedMs = facts.trimmedMs
    this.#nextOrdinal = facts.nextOrdinal
    for (const shard of facts.shards) this.#shards.set(shard.index, new Shard(shard, this.#log(shard.index)))
    for (const { log } of this.#shards.values()) {
      this.#nextOrdinal = Math.max(this.#nextOrdinal, (log.lastOrdinal ?? -1) + 1)
    }
    this.#nextShard = Math.max(...facts.shards.map(({ index }) => index)) + 1
    this.#router = new ShardRouter(this.shards)
  }

  get arn(): string {
    return `arn:aws:kinesis:us-east-1:${ACCOUNT}:stream/${this.name}`
  }

  /** In the order of their ids. */
  get shards(): readonly Shard[] {
    return [...this.#shards.values()]
  }

  get openShards(): number {
    return this.shards.filter(({ open }) => open).length
  }

  get router(): ShardRouter {
    return this.#router
  }

  get nextOrdinal(): number {
    return this.#nextOrdinal
  }

  get retentionHours(): number {
    return this.#retentionHours
  }

  changeRetention(hours: number, nowMs: number): void {
    this.#trimmedMs = this.horizonMs(nowMs)
    this.#retentionHours = hours
    this.save()
  }

  shard(index: number): Shard | undefined {
    return this.#shards.get(index)
  }

  childrenOf(shard: Shard): readonly Shard[] {
    return this.shards.filter(({ facts }) => facts.parents.includes(shard.facts.index))
  }

  takeOrdinals(count: number): number {
    const first = this.#nextOrdinal
    this.#nextOrdinal += count
    return first
  }

  /** Records that arrived before this are gone. */
  horizonMs(nowMs: number): number {
    return Math.max(this.#trimmedMs, nowMs - this.#retentionHours * HOUR_MS)
  }

  /** Drops what is older than the retention, and closed shards all of whose records are. */
  trim(nowMs: number): void {
    const horizonMs = this.horizonMs(nowMs)
    const gone = this.shards.filter(({ facts }) => (facts.closedMs ?? nowMs) < horizonMs)
    for (const { log } of this.#shards.values()) log.trim(horizonMs)
    if (gone.length === 0) return
    for (const { facts } of gone) this.#shards.delete(facts.index)
    this.save()
    for (const { log } of gone) log.remove()
  }

  /** Closes the parents and puts children over these ranges in their place. */
  reshard(parents: readonly Shard[], ranges: readonly { start: HashKey; end: HashKey }[], nowMs: number): void {
    const endOrdinal = this.takeOrdinals(1)
    for (const parent of parents) parent.end(endOrdinal, nowMs)
    const indexes = parents.map(({ facts }) => facts.index)
    for (const range of ranges) this.#addShard(range, indexes, nowMs)
    this.save()
    this.#router = new ShardRouter(this.shards)
  }

  save(): void {
    if (this.#directory === undefined) return
    mkdirSync(this.#directory, { recursive: true })
    const { name, createdMs, mode, retentionHours, nextOrdinal } = this
    const shards = this.shards.map(({ facts }) => facts)
    const trimmedMs = this.#trimmedMs
    const facts: StreamFacts = { name, createdMs, mode, retentionHours, trimmedMs, nextOrdinal, shards }
    replaceFile(streamFile(this.#directory), JSON.stringify(facts))
  }

  close(): void {
    for (const { log } of this.#shards.values()) log.close()
  }

  remove(): void {
    this.close()
    // Without this file the rest is no stream, should the removal be interrupted.
    if (this.#directory === undefined) return
    rmSync(streamFile(this.#directory), { force: true })
    rmSync(this.#directory, { recursive: true, force: true })
  }

  #addShard({ start, end }: { start: HashKey; end: HashKey }, parents: readonly number[], createdMs: number): void {
    const index = this.#nextShard++
    const startOrdinal = this.takeOrdinals(1)
    const facts = { index, startHashKey: start, endHashKey: end, parents, startOrdinal, createdMs }
    this.#shards.set(index, new Shard(facts, this.#log(index)))
  }

  #log(index: number): ShardLog {
    return new ShardLog(this.#directory === undefined ? undefined : join(this.#directory, `shard-${index}`))
  }
}

export function streamFile(directory: string): string {
  return join(directory, 'stream.json')
}

/** The facts of a stream without records. */
export function newStream(name: string, mode: StreamMode, options: { shards: number; createdMs: number }): StreamFacts {
  const { createdMs } = options
  const shards = evenRanges(options.shards).map(({ start, end }, index) => {
    return { index, startHashKey: start, endHashKey: end, parents: [], startOrdinal: index, createdMs }
  })
  return { name, createdMs, mode, retentionHours: 24, trimmedMs: 0, nextOrdinal: shards.length, shards }
}
