import type { Token } from '../../../src/checkpoint/attempt.ts'
import type { Manifest } from '../../../src/checkpoint/manifest.ts'
import type { OffsetRange, Plan, SourcePlan } from '../../../src/checkpoint/plan.ts'
import { decodeBlock } from '../../../src/connectors/receiver/stored-block.ts'
import type { Pair } from '../apps/app-spec.ts'
import { placeOf } from '../apps/release.ts'
import type { Handout } from '../world/handouts.ts'
import type { Place } from '../world/place.ts'
import type { SimWorld } from '../world/sim-world.ts'
import { type BlockKey, streamOfBlock } from './block-key.ts'
import type { Checker, Commit, HeadChange, ObjectChange } from './checker.ts'

/** So long before a plan a block may have become durable that it does not mark: another process has put it since this one listed. */
const UNTIL_MARKED_MS = 8_000

interface ComputedBlock {
  readonly handouts: readonly Handout[]
  readonly durableMs: number
}

/** What a committed batch was planned to read of computed streams. */
interface ReadingBatch {
  readonly token: Token
  readonly keys: readonly BlockKey[]
}

/**
 * What a committed batch has of a stream that is computed is one answer, whole and in order, which no other batch has. It is there
 * from the time at which a plan that names it is in the head until nothing does, and goes then, as does what no plan came to name.
 */
export class ComputedChecker implements Checker {
  readonly #world: SimWorld
  /** All that were ever stored. */
  readonly #blocks = new Map<BlockKey, ComputedBlock>()
  /** The batches that have them, by the numbers of answers. */
  readonly #batchOf = new Map<number, number>()
  readonly #batches: ReadingBatch[] = []
  #planned: readonly BlockKey[] = []
  /** By the name of a stream: what lay there before this is marked by its position. */
  readonly #markedMs = new Map<string, number>()

  constructor(world: SimWorld) {
    this.#world = world
  }

  objectChanged({ place, key, content }: ObjectChange): void {
    if (!this.#isComputed(place, key)) return
    if (content === undefined) {
      if (this.#isNeeded(key)) this.#world.violate('computed-blocks-stay', key)
      return
    }
    const handouts = decodeBlock(content.bytes, key).elements as readonly Handout[]
    this.#blocks.set(key, { handouts, durableMs: this.#world.timeline.nowMs })
  }

  headChanged({ before, after: { planned } }: HeadChange): void {
    if (before?.planned?.plan === planned?.plan) return
    this.#planned = planned === undefined ? [] : this.#keysOf(this.#world.load<Plan>(planned.plan))
    this.#requireThere(this.#planned)
  }

  committed({ manifest: { attempt, plan } }: Commit): void {
    const keys = this.#keysOf(this.#world.load<Plan>(plan))
    this.#requireThere(keys)
    this.#batches.push({ token: attempt.token, keys })
  }

  /** What a committed batch has of its stream, by partition. */
  take(uid: string, { ranges }: SourcePlan, { attempt: { batchTime } }: Manifest): Pair[][] {
    const parts = ranges.map((range) => this.#handoutsOf(range))
    this.#requireOneAnswer(parts.flat(), batchTime)
    const stored = ranges.flatMap(({ partition }) => this.#blocks.get(partition) ?? [])
    if (stored.length > 0) this.#markedMs.set(uid, Math.min(...stored.map(({ durableMs }) => durableMs)))
    return parts.map((part) => part.map(([key, value]) => [key, value]))
  }

  ended(): void {
    const { faults, head, violate, checkpoint } = this.#world
    // After a clock that was a year ahead there is no batch that could mark anything.
    if (head === undefined || faults.counts.has('clock-far-ahead')) return
    const read = new Set(this.#batches.flatMap(({ keys }) => keys))
    for (const [key, { durableMs }] of this.#blocks) {
      const markedMs = this.#markedMs.get(streamOfBlock(key)) ?? 0
      const isMarked = read.has(key) || durableMs < markedMs - UNTIL_MARKED_MS
      if (isMarked && checkpoint.objects.has(key) && !this.#isNeeded(key)) violate('computed-blocks-go', key)
    }
  }

  #isComputed(place: Place, key: BlockKey): boolean {
    const { checkpoint, scenario } = this.#world
    return place === checkpoint && scenario.app.nodes[placeOf(streamOfBlock(key))]?.op === 'computed'
  }

  /** Of all streams that are computed. */
  #keysOf(plan: Plan | undefined): BlockKey[] {
    const names = Object.values(plan?.sources ?? {}).flatMap(({ ranges }) => ranges.map(({ partition }) => partition))
    return names.filter((name) => this.#isComputed(this.#world.checkpoint, name))
  }

  #requireThere(keys: readonly BlockKey[]): void {
    const missing = keys.filter((key) => !this.#world.checkpoint.objects.has(key))
    if (missing.length > 0) this.#world.violate('computed-blocks-are-there', missing.join(' '))
  }

  /** By the planned batch, or by one that may be run again. */
  #isNeeded(key: BlockKey): boolean {
    const boundary = this.#world.head?.boundary ?? 0
    const isNamed = this.#batches.some(({ token, keys }) => token >= boundary && keys.includes(key))
    return isNamed || this.#planned.includes(key)
  }

  #handoutsOf({ partition, records }: OffsetRange): readonly Handout[] {
    if (records === 0) return []
    const block = this.#blocks.get(partition)
    if (block === undefined) this.#world.violate('computed-blocks-are-there', partition)
    return block?.handouts ?? []
  }

  #requireOneAnswer(handouts: readonly Handout[], batchTime: number): void {
    const [first] = handouts
    if (first === undefined) return
    const [, , answer] = first
    const whole = this.#world.handouts.answer(answer)
    if (JSON.stringify(handouts) !== JSON.stringify(whole))
      this.#world.violate('computed-whole', `${JSON.stringify(handouts)} of ${JSON.stringify(whole)}`)
    const other = this.#batchOf.get(answer)
    if (other !== undefined)
      this.#world.violate('computed-once', `answer ${answer} is in the batches of ${other} and ${batchTime} ms`)
    this.#batchOf.set(answer, batchTime)
  }
}
