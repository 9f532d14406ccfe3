import type { Token } from '../checkpoint/attempt.ts'
import { isGarbage, isReadBlock } from '../checkpoint/garbage.ts'
import { allBlocksPrefix, attemptsPrefix, passingShadowsPrefix, replayOf } from '../checkpoint/names.ts'
import { bounded, collected } from '../checkpoint/operator-acts.ts'
import type { ObjectInfo } from '../ports/object-store.ts'
import { committedManifest } from './committed-manifest.ts'
import type { Invocation } from './invocation.ts'
import { keepLease } from './lease.ts'
import { type NeededObjects, neededObjects, withBlocks } from './needed-objects.ts'
import { endedReplays } from './replay-shadows.ts'
import { retainedBatches } from './retained-batches.ts'

/** What a collection did. */
export interface CollectionReport {
  readonly deleted: number
  readonly deletedBytes: number
  /** Objects, blocks and files of replays that stay. */
  readonly kept: number
  /** The time was over before everything was looked at: the next collection begins anew, with less to delete. */
  readonly cutOff: boolean
  /** Batches whose token is below it can no longer be replayed, inspected or pinned. */
  readonly boundary: Token
}

/**
 * Deletes what nothing needs, under the lease of `run`. The boundary goes into the head first; then everything is listed,
 * each time anew, as a put that was delayed may have arrived below what was clean (`boundary-first`, `gc-relists`).
 * Outputs under their final names are never touched (`finals-never-deleted`). Whoever comes later may do the same at the same time.
 */
export async function collectGarbage(run: Invocation, untilMs: number): Promise<CollectionReport | 'fenced'> {
  const retained = await retainedBatches(run, run.head.head)
  if ((await run.head.swap((head) => bounded(head, retained.boundary))) === 'fenced') return 'fenced'
  const { head } = run.head
  const sweep = new Sweep(run, await neededObjects(run, head, retained), untilMs)
  const complete = (await sweep.attempts()) && (await sweep.blocks()) && (await sweep.shadows())
  if (sweep.fenced) return 'fenced'
  const batchTime = head.committed?.attempt.batchTime
  if (complete && batchTime !== undefined && (await run.head.swap((head) => collected(head, batchTime))) === 'fenced')
    return 'fenced'
  return { ...sweep.counts, cutOff: !complete, boundary: head.boundary }
}

/** One listing of everything, page by page. */
class Sweep {
  readonly counts = { deleted: 0, deletedBytes: 0, kept: 0 }
  /** Somebody else has the application now, and may collect it, too. */
  fenced = false
  readonly #run: Invocation
  readonly #needed: NeededObjects
  readonly #untilMs: number

  constructor(run: Invocation, needed: NeededObjects, untilMs: number) {
    this.#run = run
    this.#needed = needed
    this.#untilMs = untilMs
  }

  /** Objects that attempts wrote. Resolves to whether all have been looked at. */
  async attempts(): Promise<boolean> {
    const { checkpoint, app } = this.#run.runtime
    for await (const page of checkpoint.list(attemptsPrefix(app))) {
      if (!(await this.#goesOn())) return false
      await this.#delete(page, ({ key }) => isGarbage(this.#needed, key))
    }
    return true
  }

  /** Blocks that receivers stored. Their marks stay in the stream's position (`block-marks-kept`). */
  async blocks(): Promise<boolean> {
    const { runtime, head } = this.#run
    const { committed } = head.head
    if (committed === undefined) return true
    let needed: NeededObjects | undefined
    for await (const page of runtime.checkpoint.list(allBlocksPrefix(runtime.app))) {
      if (!(await this.#goesOn())) return false
      needed ??= await withBlocks(this.#run, this.#needed)
      const [kept, manifest] = [needed, await committedManifest(runtime, committed)]
      await this.#delete(page, ({ key }) => isReadBlock(kept, manifest, key))
    }
    return true
  }

  /** What replays wrote, once all of it is old enough: hence a listing before this one. What was to be kept lies elsewhere. */
  async shadows(): Promise<boolean> {
    const { runtime } = this.#run
    const ended = await endedReplays(runtime, () => !this.#timeIsOver())
    if (ended === undefined) return false
    for await (const page of runtime.checkpoint.list(passingShadowsPrefix(runtime.app))) {
      if (!(await this.#goesOn())) return false
      await this.#delete(page, ({ key }) => ended.has(replayOf(key) ?? ''))
    }
    return true
  }

  async #goesOn(): Promise<boolean> {
    if (this.#timeIsOver()) return false
    this.fenced = (await keepLease(this.#run)) === 'fenced'
    return !this.fenced
  }

  #timeIsOver(): boolean {
    const { runtime, signal } = this.#run
    return signal.aborted || runtime.clock.now() >= this.#untilMs
  }

  async #delete(page: readonly ObjectInfo[], isDead: (info: ObjectInfo) => boolean): Promise<void> {
    const dead = page.filter(isDead)
    if (dead.length > 0) await this.#run.runtime.checkpoint.delete(dead.map(({ key }) => key))
    this.counts.deleted += dead.length
    this.counts.deletedBytes += dead.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
    this.counts.kept += page.length - dead.length
  }
}
