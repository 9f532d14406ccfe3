import { decodeBlock } from '../../../src/connectors/receiver/stored-block.ts'
import type { Pair } from '../apps/app-spec.ts'
import type { Message } from '../world/message-queue.ts'
import type { SimWorld } from '../world/sim-world.ts'
import type { Checker, ObjectChange } from './checker.ts'

/** So long before the last commit a block may have become durable that no batch has read: it is found, listed and planned first. */
const UNTIL_READ_MS = 8_000

/** What is acknowledged is in a durable block, and each block is in exactly one batch. */
export class ReceivedChecker implements Checker {
  readonly #world: SimWorld
  readonly #blocks = new Map<string, { readonly messages: readonly Message[]; readonly durableMs: number }>()
  readonly #durable = new Set<number>()
  readonly #read = new Set<string>()
  #committedMs = 0

  constructor(world: SimWorld) {
    this.#world = world
  }

  objectChanged({ place, key, content }: ObjectChange): void {
    if (place !== this.#world.checkpoint || !key.includes('/blocks/')) return
    if (content === undefined) {
      if (!this.#read.has(key)) this.#world.violate('unread-blocks-stay', key)
      return
    }
    const messages = decodeBlock(content.bytes, key).elements as readonly Message[]
    const { durableMs = this.#world.timeline.nowMs } = this.#blocks.get(key) ?? {}
    this.#blocks.set(key, { messages, durableMs })
    for (const [, , id] of messages) this.#durable.add(id)
  }

  committed(): void {
    this.#committedMs = this.#world.timeline.nowMs
  }

  acknowledged(messages: readonly Message[]): void {
    const lost = messages.filter(([, , id]) => !this.#durable.has(id))
    if (lost.length > 0) this.#world.violate('ack-after-durable', `in no block: ${lost.join(' ')}`)
  }

  /** What a committed batch has of a block. */
  take(key: string): Pair[] {
    if (this.#read.has(key)) this.#world.violate('blocks-once', `read twice: ${key}`)
    this.#read.add(key)
    return (this.#blocks.get(key)?.messages ?? []).map(([key, value]) => [key, value])
  }

  ended(): void {
    const { faults, violate, deployments } = this.#world
    const known = new Set(deployments.current.forms.map(({ uid }) => uid))
    // After a clock that was a year ahead no batch is due that could read anything.
    if (faults.counts.has('clock-far-ahead')) return
    for (const [key, { durableMs }] of this.#blocks) {
      // What lies under a name that was given up waits for it to come back.
      if (!known.has(/\/blocks\/([^/]+)\//.exec(key)?.[1] ?? '')) continue
      if (!this.#read.has(key) && durableMs < this.#committedMs - UNTIL_READ_MS) violate('blocks-are-read', key)
    }
  }
}
