import type { Attempt } from '../../../src/checkpoint/attempt.ts'
import type { Manifest } from '../../../src/checkpoint/manifest.ts'
import type { SimWorld } from '../world/sim-world.ts'
import type { Checker, KeyedAct, Reset } from './checker.ts'
import { tokenParts } from './token-parts.ts'

type Batch = Pick<Attempt, 'incarnation' | 'batchTime'>

interface Written {
  readonly batch: Batch
  /** As JSON; `undefined` for what was deleted. */
  readonly value: string | undefined
  readonly isReplays: boolean
}

/**
 * Each key has the value of the last batch that wrote it, whoever comes late, and from its commit on the oracle's. What a replay
 * writes stands for what its batch wrote: never for what a later one did.
 */
export class KeyedChecker implements Checker {
  readonly #world: SimWorld
  /** By key: what the last batch wrote, committed or not, replays aside. */
  readonly #own = new Map<string, Omit<Written, 'isReplays'>>()
  /** By key: what was written last for the last batch. */
  readonly #last = new Map<string, Written>()
  /** By key: what the last committed batch must have written. */
  readonly #committed = new Map<string, string | undefined>()
  readonly #givenUp = new Set<string>()

  constructor(world: SimWorld) {
    this.#world = world
  }

  /** `now` is what readers find from here on. Marks are not looked at: which batch is the later one is known without them. */
  keyedWritten({ token, key, value, now, rerun }: KeyedAct): void {
    const batch = tokenParts(token)
    if (rerun === undefined) this.#requireOneValue(token, key, value)
    const last = this.#last.get(key)
    const isOlder = last !== undefined && compare(batch, last.batch) < 0
    if (!isOlder) this.#last.set(key, { batch, value, isReplays: rerun !== undefined })
    const expected = isOlder ? last.value : value
    if (now !== expected)
      this.#world.violate('keyed-never-goes-back', `${key} is ${now} and was ${expected}, after ${token}`)
  }

  #requireOneValue(token: string, key: string, value: string | undefined): void {
    const batch = tokenParts(token)
    const own = this.#own.get(key)
    const order = own === undefined ? 1 : compare(batch, own.batch)
    if (order === 0 && value !== own?.value)
      this.#world.violate('one-batch-one-value', `${key} of ${token}: ${own?.value}, then ${value}`)
    if (order > 0) this.#own.set(key, { batch, value })
  }

  /** What a batch has for each key, at its commit. */
  requireValues(manifest: Manifest, expected: ReadonlyMap<string, string | undefined>): void {
    if (expected.size === 0) return
    const { items } = this.#world.keyed
    for (const [key, value] of expected) {
      // Of an original, what its copy has written by now is of a later incarnation.
      const last = this.#last.get(key)
      if (last !== undefined && compare(last.batch, manifest.attempt) > 0) continue
      this.#committed.set(key, value)
      if (items[key] !== value)
        this.#world.violate(
          'keyed-equals-oracle',
          `${key} at ${manifest.attempt.batchTime} ms: ${items[key]}, expected ${value}`,
        )
    }
  }

  committed({ manifest }: { readonly manifest: Manifest }): void {
    if (manifest.skipped !== undefined) this.#givenUp.add(nameOf(manifest.attempt))
  }

  /** A reset gives up the batch that is planned. */
  reset({ before }: Reset): void {
    const { incarnation, planned } = before
    if (planned !== undefined) this.#givenUp.add(nameOf({ incarnation, batchTime: planned.batchTime }))
  }

  ended(): void {
    const { items } = this.#world.keyed
    for (const [key, committed] of this.#committed) {
      const last = this.#last.get(key)
      // What was given up may have been written before that, or afterwards.
      if (last !== undefined && this.#isGivenUp(last.batch)) continue
      const value = last?.isReplays === true ? last.value : committed
      if (items[key] !== value)
        this.#world.violate('keyed-equals-oracle', `${key} in the end: ${items[key]}, expected ${value}`)
    }
  }

  /** What an original has planned when the application goes on elsewhere nobody commits. */
  #isGivenUp(batch: Batch): boolean {
    const { head, current } = this.#world
    const isLeft = current !== this.#world && head?.incarnation === batch.incarnation
    return (isLeft && head.planned?.batchTime === batch.batchTime) || this.#givenUp.has(nameOf(batch))
  }
}

function compare(a: Batch, b: Batch): number {
  return a.incarnation - b.incarnation || a.batchTime - b.batchTime
}

function nameOf({ incarnation, batchTime }: Batch): string {
  return `${incarnation}/${batchTime}`
}
