import { consumedBy } from '../../../src/checkpoint/consumed-blocks.ts'
import type { Manifest } from '../../../src/checkpoint/manifest.ts'
import { decodeBlock } from '../../../src/connectors/receiver/stored-block.ts'
import type { Pair } from '../apps/app-spec.ts'
import { placeOf } from '../apps/release.ts'
import type { Message } from '../world/message-queue.ts'
import type { SimWorld } from '../world/sim-world.ts'
import { streamOfBlock } from './block-key.ts'
import type { Checker, Commit, ObjectChange } from './checker.ts'

/** So long before the last commit a block may have become durable that no batch has read: it is found, listed and planned first. */
const UNTIL_READ_MS = 8_000
/** Sessions whose marks are kept though nothing of them is left (`SESSIONS_KEPT` as it is scaled down). */
const SESSIONS_KEPT = 4

/** What is acknowledged is in a durable block, each block is in exactly one batch, and its marks do not stay for ever. */
export class ReceivedChecker implements Checker {
  readonly #world: SimWorld
  readonly #blocks = new Map<string, { readonly messages: readonly Message[]; readonly durableMs: number }>()
  readonly #durable = new Set<number>()
  readonly #read = new Set<string>()
  /** Prefixes of the blocks of each session, the one that was read last at the end. */
  readonly #sessions = new Set<string>()
  /** When the last block of each session went, by the prefix of their names. */
  readonly #deletedMs = new Map<string, number>()
  #committedMs = 0
  #positions: Manifest['positions'] = {}

  constructor(world: SimWorld) {
    this.#world = world
  }

  objectChanged({ place, key, content }: ObjectChange): void {
    if (place !== this.#world.checkpoint || !key.includes('/blocks/')) return
    if (content === undefined) this.#deletedMs.set(sessionOf(key), this.#world.timeline.nowMs)
    if (this.#world.scenario.app.nodes[placeOf(streamOfBlock(key))]?.op !== 'received') return
    if (content === undefined) {
      if (!this.#read.has(key)) this.#world.violate('unread-blocks-stay', key)
      return
    }
    const messages = decodeBlock(content.bytes, key).elements as readonly Message[]
    const { durableMs = this.#world.timeline.nowMs } = this.#blocks.get(key) ?? {}
    this.#blocks.set(key, { messages, durableMs })
    for (const [, , id] of messages) this.#durable.add(id)
  }

  committed({ manifest }: Commit): void {
    this.#committedMs = this.#world.timeline.nowMs
    this.#positions = manifest.positions
  }

  acknowledged(messages: readonly Message[]): void {
    const lost = messages.filter(([, , id]) => !this.#durable.has(id))
    if (lost.length > 0) this.#world.violate('ack-after-durable', `in no block: ${lost.join(' ')}`)
  }

  /** What a committed batch has of a block. */
  take(key: string): Pair[] {
    if (this.#read.has(key) && !this.#mayBeForgotten(key)) this.#world.violate('blocks-once', `read twice: ${key}`)
    this.#read.add(key)
    this.#sessions.delete(sessionOf(key))
    this.#sessions.add(sessionOf(key))
    return (this.#blocks.get(key)?.messages ?? []).map(([key, value]) => [key, value])
  }

  /** A put that is so late that as many other sessions have been read since as marks are kept of: the block is back. */
  #mayBeForgotten(key: string): boolean {
    const session = sessionOf(key)
    const since = this.#sessions.size - 1 - [...this.#sessions].indexOf(session)
    return since >= SESSIONS_KEPT && this.#deletedMs.has(session)
  }

  ended(): void {
    const { faults, violate, deployments } = this.#world
    const known = new Set(deployments.current.forms.map(({ uid }) => uid))
    // After a clock that was a year ahead no batch is due that could read anything.
    if (faults.counts.has('clock-far-ahead')) return
    for (const [key, { durableMs }] of this.#blocks) {
      // What lies under a name that was given up waits for it to come back.
      if (!known.has(streamOfBlock(key))) continue
      if (!this.#read.has(key) && durableMs < this.#committedMs - UNTIL_READ_MS) violate('blocks-are-read', key)
    }
    for (const uid of known) this.#requireFewMarks(uid)
  }

  /** Of sessions of which nothing has been there for long. */
  #requireFewMarks(uid: string): void {
    const { checkpoint, violate } = this.#world
    const gone = Object.keys(consumedBy(this.#positions[uid])).filter((session) => {
      const prefix = `simulated/blocks/${uid}/${session}/`
      const isThere = checkpoint.keys(prefix).length > 0
      return !isThere && (this.#deletedMs.get(prefix) ?? 0) < this.#committedMs - UNTIL_READ_MS
    })
    if (gone.length > SESSIONS_KEPT) violate('marks-are-few', `of ${gone.length} sessions: ${gone.join(' ')}`)
  }
}

function sessionOf(key: string): string {
  return key.slice(0, key.lastIndexOf('/') + 1)
}
