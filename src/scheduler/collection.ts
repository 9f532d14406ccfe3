import type { Token } from '../checkpoint/attempt.ts'
import { isGarbage, isLeftComputed, isReadBlock } from '../checkpoint/garbage.ts'
import { allBlocksPrefix, attemptsPrefix, passingShadowsPrefix, replayFolder } from '../checkpoint/names.ts'
import { bounded, collected, collectedTo } from '../checkpoint/operator-acts.ts'
import type { ListOptions, ObjectInfo } from '../ports/object-store.ts'
import { committedManifest } from './committed-manifest.ts'
import type { Invocation } from './invocation.ts'
import { keepLease, outdateHead } from './lease.ts'
import { type NeededObjects, neededObjects, withBlocks } from './needed-objects.ts'
import type { SwapOutcome } from './own-head.ts'
import { ReplayEnds } from './replay-shadows.ts'
import { retainedBatches } from './retained-batches.ts'

/** What a collection did. */
export interface CollectionReport {
  readonly deleted: number
  readonly deletedBytes: number
  /** Objects, blocks and files of replays that stay. */
  readonly kept: number
  /** The time was over before everything was looked at: the next regular collection goes on from there. */
  readonly cutOff: boolean
  /** Batches whose token is below it can no longer be replayed, inspected or pinned. */
  readonly boundary: Token
}

export interface CollectionOptions {
  readonly untilMs: number
  /** So long it lists and deletes at most, once it has read what is kept: else one that reads for longer would never come to that. */
  readonly sweepMs?: number
  /** Where one before it was cut off (`Head.collectedTo`); by default everything is looked at. */
  readonly after?: string | undefined
}

/**
 * Deletes what nothing needs, under the lease of `run`. The boundary goes into the head first; then everything is listed,
 * each time anew, as a put that was delayed may have arrived below what was clean (`boundary-first`, `gc-relists`). One that is cut
 * off says in the head how far it came. What is garbage beyond that, the one that goes on decides by what is kept then.
 * Outputs under their final names are never touched (`finals-never-deleted`). Whoever comes later may do the same at the same time.
 */
export async function collectGarbage(
  run: Invocation,
  { untilMs, sweepMs = Number.POSITIVE_INFINITY, after }: CollectionOptions,
): Promise<CollectionReport | 'fenced'> {
  const retained = await retainedBatches(run, run.head.head)
  if ((await run.head.swap((head) => bounded(head, retained.boundary))) === 'fenced') return 'fenced'
  const { head } = run.head
  const needed = await neededObjects(run, head, retained)
  const sweep = new Sweep(run, needed, { untilMs: Math.min(untilMs, run.runtime.clock.now() + sweepMs), after })
  const complete = await sweep.all()
  if (sweep.fenced) return 'fenced'
  const isStuck = sweep.begun && sweep.reached === after
  const noted = complete ? await noteAll(run) : await noteSome(run, after, isStuck ? undefined : sweep.reached)
  if (noted === 'fenced') return 'fenced'
  return { ...sweep.counts, cutOff: !complete, boundary: head.boundary }
}

async function noteAll({ head }: Invocation): Promise<SwapOutcome> {
  const batchTime = head.head.committed?.attempt.batchTime
  return batchTime === undefined ? 'ok' : head.swap((next) => collected(next, batchTime))
}

/**
 * Whoever begins where the last one was cut off and gets nowhere leaves no place: what lies before that must not wait for it. Whoever
 * has begun anew beside such a place, by hand, leaves it to those who go on from it.
 */
async function noteSome({ head }: Invocation, from: string | undefined, to: string | undefined): Promise<SwapOutcome> {
  const { collectedTo: place } = head.head
  return place !== from || place === to ? 'ok' : head.swap((next) => collectedTo(next, to))
}

/** The head carries the place through many swaps. No name on S3 is longer. */
const LONGEST_PLACE = 1_024

/** One listing of everything, or of what comes after a name, page by page. */
class Sweep {
  readonly counts = { deleted: 0, deletedBytes: 0, kept: 0 }
  /** Somebody else has the application now, and may collect it, too. */
  fenced = false
  /** There was time to look at something: it is not for want of it that nothing has come of that. */
  begun = false
  /** The last name that was looked at, or what all names begin with that are next. */
  reached: string | undefined
  readonly #run: Invocation
  readonly #needed: NeededObjects
  readonly #untilMs: number

  constructor(run: Invocation, needed: NeededObjects, { untilMs, after }: CollectionOptions) {
    this.#run = run
    this.#needed = needed
    this.#untilMs = untilMs
    this.reached = after
  }

  /** Resolves to whether all have been looked at. What fails as the time is over has been cut off. */
  async all(): Promise<boolean> {
    try {
      return await this.#areas()
    } catch (error) {
      if (this.#run.signal.aborted) return false
      throw error
    }
  }

  async #areas(): Promise<boolean> {
    const { app } = this.#run.runtime
    const areas = [
      { prefix: attemptsPrefix(app), look: () => this.#attempts() },
      { prefix: allBlocksPrefix(app), look: () => this.#blocks() },
      { prefix: passingShadowsPrefix(app), look: () => this.#shadows() },
    ]
    const first = areas.findIndex(({ prefix }) => this.reached?.startsWith(prefix))
    for (const { prefix, look } of areas.slice(Math.max(first, 0))) {
      if (this.reached !== undefined && !this.reached.startsWith(prefix)) this.reached = prefix
      if (!(await look())) return false
    }
    return true
  }

  /** Objects that attempts wrote. Resolves to whether all have been looked at. */
  async #attempts(): Promise<boolean> {
    for await (const page of this.#pages(attemptsPrefix(this.#run.runtime.app))) {
      if (!(await this.#goesOn())) return false
      await this.#delete(page, ({ key }) => isGarbage(this.#needed, key))
    }
    return true
  }

  /** Blocks that receivers stored. Their marks stay in the stream's position (`block-marks-kept`). */
  async #blocks(): Promise<boolean> {
    const { runtime, head } = this.#run
    const { committed } = head.head
    if (committed === undefined) return true
    let needed: NeededObjects | undefined
    for await (const page of this.#pages(allBlocksPrefix(runtime.app))) {
      if (!(await this.#goesOn())) return false
      needed ??= await withBlocks(this.#run, this.#needed)
      const [kept, manifest] = [needed, await committedManifest(runtime, committed)]
      const left = await this.#leftComputed(page, ({ key }) => isLeftComputed(kept, manifest, key))
      if (this.fenced) return false
      await this.#delete(page, ({ key }) => isReadBlock(kept, manifest, key) || left(key))
    }
    return true
  }

  /** By then nobody can plan any more what was listed, but for the plan that the head holds (`left-blocks-outdated`). */
  async #leftComputed(
    page: readonly ObjectInfo[],
    isLeft: (info: ObjectInfo) => boolean,
  ): Promise<(key: string) => boolean> {
    const left = new Set(page.filter(isLeft).map(({ key }) => key))
    if (left.size === 0) return () => false
    const { head } = this.#run
    this.fenced = (await outdateHead(this.#run)) === 'fenced'
    const { planned } = head.head
    const { objects } = await withBlocks(this.#run, { ...this.#needed, plans: planned ? [planned.plan] : [] })
    return (key) => left.has(key) && !objects.has(key)
  }

  /**
   * What replays wrote, once all that one has written is old enough. What was to be kept lies elsewhere. Whoever goes on begins with a
   * whole replay: what its first files were like is not known any more (`shadows-end`).
   */
  async #shadows(): Promise<boolean> {
    const { runtime } = this.#run
    const prefix = passingShadowsPrefix(runtime.app)
    const ends = new ReplayEnds(runtime, this.#from(prefix))
    for await (const page of this.#pages(prefix)) {
      this.#reachedFolder(prefix, page[0]?.key)
      if (!(await this.#goesOn())) return false
      const ended = await ends.among(page, () => !this.#timeIsOver())
      if (ended === undefined) return false
      await this.#delete(page, ({ key }) => ended.has(replayFolder(key) ?? ''))
      this.#reachedFolder(prefix, page.at(-1)?.key)
    }
    return true
  }

  #reachedFolder(above: string, key = ''): void {
    const folder = key.slice(0, key.indexOf('/', above.length) + 1)
    if (folder !== '') this.reached = folder
  }

  #pages(prefix: string): AsyncIterable<readonly ObjectInfo[]> {
    return this.#run.runtime.checkpoint.list(prefix, { ...this.#from(prefix), sweep: true })
  }

  #from(prefix: string): ListOptions {
    return this.reached?.startsWith(prefix) ? { startAfter: this.reached } : {}
  }

  async #goesOn(): Promise<boolean> {
    if (this.#timeIsOver()) return false
    this.begun = true
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
    const last = page.at(-1)?.key
    if (last !== undefined && last.length <= LONGEST_PLACE) this.reached = last
  }
}
