import type { Plan, SourcePlan } from '../../../src/checkpoint/plan.ts'
import { placeOf } from '../apps/release.ts'
import type { SimWorld } from '../world/sim-world.ts'
import type { Checker, Commit, KeyedAct, ObjectChange } from './checker.ts'

/**
 * "From now on" is not later than the first trace of the first batch: whoever sees that an application has begun may count
 * on it that what comes from then on is read.
 */
export class FromNowOnChecker implements Checker {
  readonly #world: SimWorld
  /** How long the partitions of each log were at the first trace; known until the first commit. */
  #begunAt: readonly (readonly number[])[] | undefined
  #isPinned = false

  constructor(world: SimWorld) {
    this.#world = world
  }

  /** A plan that is stored and in no head yet is no trace of anything, nor is what comes late of an incarnation before. */
  objectChanged({ place, key, content }: ObjectChange): void {
    if (this.#isKnown || place !== this.#world.checkpoint || content === undefined || key.endsWith('/plan')) return
    const [, incarnation, batchTime] = /\/i(\d+)\/t\d+\/b(\d+)-/.exec(key) ?? []
    // What a reset or an operator writes before the first batch is under the time at which the incarnation began.
    if (Number(batchTime) > (this.#world.head?.zeroTime ?? this.#world.zeroTime)) this.#begun(incarnation)
  }

  effect(token: string): void {
    this.#begun(token.split('/')[1])
  }

  keyedWritten({ token }: KeyedAct): void {
    this.#begun(token.split('/')[1])
  }

  committed({ manifest }: Commit): void {
    const plan = this.#isPinned ? undefined : this.#world.load<Plan>(manifest.plan)
    this.#isPinned = true
    for (const [uid, cut] of Object.entries(plan?.sources ?? {})) this.#check(placeOf(uid), cut)
  }

  /** Positions that are not kept are drawn anew. */
  reset(): void {
    this.#isPinned = false
    this.#begunAt = undefined
  }

  /** Whether no later trace is the first. */
  get #isKnown(): boolean {
    return this.#isPinned || this.#begunAt !== undefined
  }

  #begun(incarnation: string | undefined): void {
    if (this.#isKnown) return
    if (Number(incarnation) !== (this.#world.head?.incarnation ?? 1)) return
    this.#begunAt = this.#world.logs.map(({ partitions }) => partitions.map(({ records }) => records.length))
  }

  #check(place: number, { ranges, next }: SourcePlan): void {
    const node = this.#world.scenario.app.nodes[place]
    if (node?.op !== 'log') return
    for (const [partition, begun] of (this.#begunAt?.[node.stream] ?? []).entries()) {
      const range = ranges.find((range) => range.partition === String(partition))
      const from = Number(range?.from ?? (next as { readonly offsets: readonly number[] }).offsets[partition])
      if (from > begun)
        this.#world.violate(
          'from-now-on-is-pinned',
          `stream ${place}/${partition}: ${begun} records at the first trace, read from ${from}`,
        )
    }
  }
}
