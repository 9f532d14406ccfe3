import { type Consumed, isConsumed } from '../../checkpoint/consumed-blocks.ts'
import { blockKey, blockName, blocksPrefix, COMPUTED } from '../../checkpoint/names.ts'
import type { ObjectInfo } from '../../ports/object-store.ts'
import type { SourceSurroundings } from '../../ports/source.ts'
import { isRetryable } from '../../util/errors.ts'
import { type NumberSet, withNumbers } from '../../util/number-set.ts'
import { type BlockContent, encodeBlock } from './stored-block.ts'

/** A block that is durable. */
export interface ReceivedBlock {
  readonly key: string
  readonly session: string
  readonly number: number
  readonly sizeBytes: number
  readonly records?: number | undefined
}

/** In a row. */
const MAX_FAILURES = 4
const FIRST_PAUSE_MS = 200
/** A predecessor that does not know yet that it is one goes on storing blocks, which only a listing shows. */
const LISTING_INTERVAL_MS = 60_000
/**
 * Sessions whose marks are kept when nothing of them is left, those that were read last: a put that was delayed until so many
 * others had been read after it would bring a block back.
 */
const SESSIONS_KEPT = 64
/** Where the checkpoint is memory, blocks that so many newer ones followed are dropped once they are committed. */
const BLOCKS_IN_MEMORY = 1_000

/**
 * The blocks of one stream. Those of this process are known from the time they are durable; those of others, dead or not,
 * are found by listing. A block is read by the first plan that finds it, whatever its number (`blocks-by-set`).
 */
export class ReceivedBlocks {
  readonly #surroundings: SourceSurroundings
  readonly #streamUid: string
  readonly #session: string
  readonly #known = new Map<string, ReceivedBlock>()
  #numbers = 0
  #listedMs = Number.NEGATIVE_INFINITY
  /** The position that the last listing was made for, as text. */
  #listedFor = ''
  /** Of which all blocks were read, and the last listing found none: not one that is only there for batches that are kept. */
  readonly #gone = new Set<string>()
  #planned: Consumed = {}
  #committed: string[] = []

  constructor(surroundings: SourceSurroundings, streamUid: string, madeBy: 'receiver' | 'computed' = 'receiver') {
    this.#surroundings = surroundings
    this.#streamUid = streamUid
    this.#session = `${madeBy === 'computed' ? COMPUTED : ''}${surroundings.session}`
  }

  /** Resolves once the block is durable (`ack-after-durable`). */
  async put(content: BlockContent, metadata?: unknown): Promise<ReceivedBlock> {
    const { app } = this.#surroundings
    const bytes = encodeBlock(content, metadata)
    const records = content instanceof ArrayBuffer ? undefined : content.length
    const name = { session: this.#session, number: this.#numbers++, records }
    const key = blockKey(app, this.#streamUid, name)
    this.#gone.delete(this.#session)
    await this.#write(key, bytes)
    const block = { key, sizeBytes: bytes.length, ...name }
    this.#known.set(key, block)
    return block
  }

  async #write(key: string, bytes: Uint8Array): Promise<void> {
    const { checkpoint, clock } = this.#surroundings
    for (let failures = 1; ; failures++) {
      try {
        await checkpoint.put(key, bytes)
        return
      } catch (error) {
        if (!isRetryable(error) || failures === MAX_FAILURES) throw error
        await clock.sleep(FIRST_PAUSE_MS * 2 ** (failures - 1))
      }
    }
  }

  /** Every durable block that is not consumed, in the order in which sessions began and blocks were made. */
  async unread(consumed: Consumed): Promise<ReceivedBlock[]> {
    await this.#list(consumed)
    await this.#forget(consumed)
    return [...this.#known.values()].sort(byAge)
  }

  /** How many blocks no plan has named. */
  get pending(): number {
    return [...this.#known.values()].filter((block) => !isConsumed(this.#planned, block)).length
  }

  /** What is consumed once these are, too: the sessions in the order in which they were last read. */
  consume(consumed: Consumed, blocks: readonly ReceivedBlock[]): Consumed {
    const next = new Map<string, NumberSet>(Object.entries(consumed))
    for (const [session, taken] of grouped(blocks)) {
      const before = next.get(session) ?? []
      next.delete(session)
      next.set(
        session,
        withNumbers(
          before,
          taken.map(({ number }) => number),
        ),
      )
    }
    this.#planned = this.#withoutOldSessions(next)
    return this.#planned
  }

  /** Not by their names: a clock that was ahead would have its sessions taken for the latest. */
  #withoutOldSessions(consumed: ReadonlyMap<string, NumberSet>): Consumed {
    const own = [...consumed.keys()].filter((session) => this.#isOwnKind(session))
    const recent = new Set(own.slice(-SESSIONS_KEPT))
    return Object.fromEntries([...consumed].filter(([session]) => recent.has(session) || !this.#gone.has(session)))
  }

  async #list(consumed: Consumed): Promise<void> {
    const { app, checkpoint, clock } = this.#surroundings
    const now = clock.now()
    const position = JSON.stringify(consumed)
    const isOwn = position === this.#listedFor || position === JSON.stringify(this.#planned)
    if (isOwn && Math.abs(now - this.#listedMs) < LISTING_INTERVAL_MS) return
    const missing = new Set(this.#known.keys())
    const found = new Set<string>()
    for await (const page of checkpoint.list(blocksPrefix(app, this.#streamUid)))
      for (const info of page) {
        this.#find(info, found)
        missing.delete(info.key)
      }
    // Others may have read them, collected them and given up their marks since (`known-blocks-are-there`): soon after the last
    // listing, too, but not without another position than this process has planned.
    for (const key of missing) this.#known.delete(key)
    this.#gone.clear()
    for (const session of Object.keys(consumed)) if (!found.has(session)) this.#gone.add(session)
    this.#listedMs = now
    this.#listedFor = position
  }

  #find({ key, sizeBytes }: ObjectInfo, found: Set<string>): void {
    const name = blockName(key)
    if (name === undefined) return
    found.add(name.session)
    if (this.#isOwnKind(name.session)) this.#known.set(key, { key, sizeBytes, ...name })
  }

  #isOwnKind(session: string): boolean {
    return session.startsWith(COMPUTED) === this.#session.startsWith(COMPUTED)
  }

  /** What the position holds is committed. Objects are left to collection, as replays read them. */
  async #forget(consumed: Consumed): Promise<void> {
    for (const block of this.#known.values()) {
      if (!isConsumed(consumed, block)) continue
      this.#known.delete(block.key)
      this.#committed.push(block.key)
    }
    const surplus = this.#committed.splice(0, Math.max(0, this.#committed.length - BLOCKS_IN_MEMORY))
    const { checkpoint } = this.#surroundings
    if (surplus.length > 0 && checkpoint.url.startsWith('memory:')) await checkpoint.delete(surplus)
  }
}

function byAge(a: ReceivedBlock, b: ReceivedBlock): number {
  if (a.session !== b.session) return a.session < b.session ? -1 : 1
  return a.number - b.number
}

function grouped(blocks: readonly ReceivedBlock[]): Map<string, ReceivedBlock[]> {
  const groups = new Map<string, ReceivedBlock[]>()
  for (const block of blocks) {
    const group = groups.get(block.session)
    if (group === undefined) groups.set(block.session, [block])
    else group.push(block)
  }
  return groups
}
