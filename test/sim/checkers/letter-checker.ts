import { sameAttempt } from '../../../src/checkpoint/attempt.ts'
import type { DeadLetterBox, DeadLetters } from '../../../src/checkpoint/dead-letters.ts'
import type { Head } from '../../../src/checkpoint/head.ts'
import type { Manifest } from '../../../src/checkpoint/manifest.ts'
import type { Plan, SourcePlan } from '../../../src/checkpoint/plan.ts'
import { type DeadLetter, recordOf } from '../../../src/scheduler/dead-letters/dead-letter.ts'
import type { LetterQuota, Pair } from '../apps/app-spec.ts'
import { isBad } from '../apps/functions.ts'
import { placeOf, type Release } from '../apps/release.ts'
import type { SimWorld } from '../world/sim-world.ts'
import type { Begun, Checker, HeadChange, Reset } from './checker.ts'

/** One stream's part of a committed batch. */
export interface LetterStream {
  readonly place: number
  readonly quota: LetterQuota
  readonly cut: SourcePlan
  /** The records of its ranges. */
  readonly parts: readonly (readonly Pair[])[]
}

/**
 * Every record at which a function throws is in exactly one place: in the outputs of one batch, among the letters that are open,
 * or among those that an operator gave up.
 */
export class LetterChecker implements Checker {
  readonly #world: SimWorld
  /** The records of all letters that are open, by the object that holds them; the oldest first. */
  readonly #open = new Map<string, readonly Pair[]>()

  constructor(world: SimWorld) {
    this.#world = world
  }

  /** The good records of a batch's stream, by partition. What it reads again is settled by it; the bad ones are letters of its own. */
  settle({ place, quota, cut, parts }: LetterStream, manifest: Manifest, { mends }: Release): Pair[][] {
    const { violate } = this.#world
    const where = `stream ${place} of batch ${manifest.attempt.batchTime} ms`
    const others = (cut.retried ?? []).filter(({ kind }) => kind !== cut.kind)
    if (others.length > 0) violate('letters-are-of-a-kind', `${where}, of ${cut.kind}, reads ${JSON.stringify(others)}`)
    const again = (cut.retried ?? []).map(({ object }) => this.#take(object.key))
    const all = [...parts, ...again]
    const bad = all.flat().filter((pair) => isBad(pair, mends))
    if (bad.length > quota.maxRecords || bad.length > quota.maxShare * all.flat().length)
      violate('letters-within-quota', `${where} has ${bad.length} of ${all.flat().length}`)
    const made = (manifest.deadLetters?.made ?? []).filter(({ stream }) => placeOf(stream) === place)
    for (const letters of made) this.#open.set(letters.object.key, this.#recordsOf(letters))
    const set = made.flatMap(({ object }) => this.#open.get(object.key) ?? [])
    if (JSON.stringify(set) !== JSON.stringify(bad))
      violate('letters-are-what-is-bad', `${where}: expected ${JSON.stringify(bad)}, set apart ${JSON.stringify(set)}`)
    return all.map((part) => part.filter((pair) => !isBad(pair, mends)))
  }

  /** After a commit, or the beginning of an incarnation, the box holds what is open. */
  checkBox(head: Head): void {
    const { open } = this.#boxOf(head)
    if (open.length === 0 && this.#open.size === 0) return
    const [expected, got] = [[...this.#open.keys()].sort(), open.map(({ object }) => object.key).sort()]
    if (expected.join() !== got.join())
      this.#world.violate('box-holds-what-is-open', `expected ${expected.join()}, got ${got.join()}`)
  }

  reset({ after }: Reset): void {
    this.checkBox(after)
  }

  /** Letters stay with the original. */
  begun({ after }: Begun): void {
    this.checkBox(after)
  }

  headChanged({ before, after, process }: HeadChange): void {
    if (after.deadLetters === undefined || before?.deadLetters === after.deadLetters) return
    if (!isSameCommit(before, after)) return
    const box = this.#boxOf(after)
    const there = new Set(box.open.map(({ object }) => object.key))
    const gone = [...this.#open.keys()].filter((key) => !there.has(key))
    for (const key of gone) this.#open.delete(key)
    const noted = (box.dropped?.length ?? 0) - (before === undefined ? 0 : (this.#boxOf(before).dropped?.length ?? 0))
    if (gone.length > 0 && (!process.isOperators || noted !== gone.length))
      this.#world.violate('letters-given-up-on-the-record', gone.join())
    const planned = this.#plannedIn(after)
    if (gone.some((key) => planned.has(key))) this.#world.violate('planned-letters-stay', gone.join())
    this.checkBox(after)
  }

  #take(key: string): readonly Pair[] {
    const records = this.#open.get(key)
    if (records === undefined) this.#world.violate('letters-settled-once', `a batch reads ${key}, which is not open`)
    this.#open.delete(key)
    return records ?? []
  }

  #boxOf({ deadLetters }: Head): DeadLetterBox {
    return (deadLetters && this.#world.load<DeadLetterBox>(deadLetters)) ?? { formatVersion: 1, open: [] }
  }

  #plannedIn({ planned }: Head): ReadonlySet<string> {
    const plan = planned && this.#world.load<Plan>(planned.plan)
    const retried = Object.values(plan?.sources ?? {}).flatMap((cut) => cut.retried ?? [])
    return new Set(retried.map(({ object }) => object.key))
  }

  #recordsOf({ object }: DeadLetters): Pair[] {
    const stored = this.#world.checkpoint.objects.get(object.key)
    if (stored === undefined) this.#world.violate('referenced-is-there', object.key)
    const lines = (stored?.content.text ?? '').split('\n').slice(0, -1)
    return lines.map((line) => recordOf(JSON.parse(line) as DeadLetter).payload as Pair)
  }
}

function isSameCommit(before: Head | undefined, { committed }: Head): boolean {
  if (before?.committed === undefined || committed === undefined) return before?.committed === committed
  return sameAttempt(before.committed.attempt, committed.attempt)
}
