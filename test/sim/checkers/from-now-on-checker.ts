import type { Manifest } from '../../../src/checkpoint/manifest.ts'
import type { Plan, SourcePlan } from '../../../src/checkpoint/plan.ts'
import type { Json } from '../../../src/checkpoint/stored.ts'
import { placeOf, type Release } from '../apps/release.ts'
import type { SimWorld } from '../world/sim-world.ts'
import type { Begun, Checker, Commit, EffectAct, KeyedAct, ObjectChange, OutsideAct, Reset } from './checker.ts'
import { tokenParts } from './token-parts.ts'

/**
 * "From now on" is not later than the first trace of the first batch: whoever sees that an application has begun may count
 * on it that what comes from then on is read.
 */
export class FromNowOnChecker implements Checker {
  readonly #world: SimWorld
  /** How long the partitions of each log were at the first trace; known until the first commit. */
  #begunAt: readonly (readonly number[])[] | undefined
  /** What the plan had that was in the head then. */
  #begunWith: Plan['sources'] | undefined
  #isPinned = false
  /** How long the logs were at the last commit. */
  #committedAt: readonly (readonly number[])[] = []
  /** Nodes whose positions were given up and that have not begun anew yet. */
  readonly #givenUp = new Set<number>()
  /** By uid: where code that did not know the stream has committed it to begin, as the plan that it ran or gave up was of other code. */
  readonly #ahead = new Map<string, { readonly kind: string | undefined; readonly offsets: readonly number[] }>()

  constructor(world: SimWorld) {
    this.#world = world
  }

  /** A plan that is stored and in no head yet is no trace of anything, nor is what comes late of an incarnation before. */
  objectChanged({ place, key, content }: ObjectChange): void {
    if (this.#isKnown || place !== this.#world.checkpoint || content === undefined || key.endsWith('/plan')) return
    const [, incarnation, batchTime] = /\/i(\d+)\/t\d+\/b(\d+)-/.exec(key) ?? []
    if (Number(batchTime) > this.#incarnationBegan) this.#begun(Number(incarnation))
  }

  effect(act: EffectAct): void {
    this.#acted(act)
  }

  keyedWritten(act: KeyedAct): void {
    this.#acted(act)
  }

  /** What a replay does is of a batch that was committed, and no trace of another. */
  #acted({ token, rerun }: OutsideAct): void {
    if (rerun === undefined) this.#begun(tokenParts(token).incarnation)
  }

  /** Before the oracle has taken it in. */
  committed({ manifest, process }: Commit): void {
    for (const place of this.#world.oracle.givenUpBy(process.release)) this.#givenUp.add(place)
    const { sources = {} } = this.#world.load<Plan>(manifest.plan) ?? {}
    for (const [uid, cut] of Object.entries(sources)) this.#look(uid, cut, process.release)
    this.#isPinned = true
    this.#committedAt = this.#lengths()
  }

  /** Positions that are not kept are drawn anew. */
  reset({ manifest }: Reset): void {
    this.#isPinned = false
    this.#begunAt = undefined
    this.#givenUp.clear()
    this.#takeOver(manifest)
  }

  /** Positions are those of the savepoint; there are none if that was made of the beginning of an incarnation. */
  begun({ manifest }: Begun): void {
    this.#isPinned = Object.keys(manifest.positions).length > 0
    this.#committedAt = this.#lengths()
    this.#takeOver(manifest)
  }

  /** What was committed for other code is kept with the rest. */
  #takeOver({ positions, graph, otherInputs }: Manifest): void {
    this.#ahead.clear()
    for (const [uid, position] of Object.entries(positions))
      if (!Object.hasOwn(graph?.inputs ?? {}, uid))
        this.#ahead.set(uid, { kind: otherInputs?.[uid], offsets: offsetsIn(position) })
  }

  #look(uid: string, cut: SourcePlan, release: Release): void {
    const place = placeOf(uid)
    const isOwn = this.#world.oracle.isOwn(uid, cut, release)
    // After a reset that kept positions one may have been given up before the first commit, and so may what was only planned.
    const isGivenUp = this.#givenUp.has(place) || release.drop.some((name) => placeOf(name) === place)
    if (isOwn && !this.#isPinned && !isGivenUp && this.#hasBegun(place, release)) this.#check(place, cut)
    if (!isOwn) this.#ahead.set(uid, { kind: cut.kind, offsets: offsetsOf(cut) })
    else if (this.#givenUp.delete(place)) this.#checkAnew(uid, cut, release)
  }

  /** Where a stream begins whose position was given up: where a first start would have it, and not before the last commit. */
  #checkAnew(uid: string, cut: SourcePlan, { rename }: Release): void {
    const { app, start } = this.#world.scenario
    const node = app.nodes[placeOf(uid)]
    if (node?.op !== 'log') return
    const names = [uid, ...Object.keys(rename).filter((former) => rename[former] === uid)]
    const ahead = names.flatMap((name) => this.#ahead.get(name) ?? []).filter(({ kind }) => kind === cut.kind)
    for (const name of names) this.#ahead.delete(name)
    for (const [partition, from] of startOf(cut).entries()) {
      if (ahead.some(({ offsets }) => offsets[partition] === from)) continue
      const trims = this.#world.logs[node.stream]?.partitions[partition]?.trims ?? []
      const fits =
        start === 'latest' ? from >= (this.#committedAt[node.stream]?.[partition] ?? 0) : trims.includes(from)
      if (!fits) this.#world.violate('dropped-positions-void', `stream ${uid}/${partition} begins at ${from}`)
    }
  }

  /** What an operator writes before the first batch (a savepoint of the beginning, say) is under this time. */
  get #incarnationBegan(): number {
    const { head, zeroTime } = this.#world
    return head?.committed?.attempt.batchTime ?? head?.zeroTime ?? zeroTime
  }

  /** Whether no later trace is the first. */
  get #isKnown(): boolean {
    return this.#isPinned || this.#begunAt !== undefined
  }

  #begun(incarnation: number): void {
    if (this.#isKnown) return
    if (incarnation !== (this.#world.head?.incarnation ?? 1)) return
    const { planned } = this.#world.head ?? {}
    this.#begunAt = this.#lengths()
    this.#begunWith = planned && this.#world.load<Plan>(planned.plan)?.sources
  }

  #lengths(): readonly (readonly number[])[] {
    return this.#world.logs.map(({ partitions }) => partitions.map(({ records }) => records.length))
  }

  /** Code of which no stream was planned at the first trace begins with its own plan, also where that takes the place of another's. */
  #hasBegun(place: number, release: Release): boolean {
    const { oracle } = this.#world
    const isIts = ([uid, cut]: [string, SourcePlan]): boolean =>
      placeOf(uid) === place && oracle.isOwn(uid, cut, release)
    return this.#begunWith === undefined || Object.entries(this.#begunWith).some(isIts)
  }

  #check(place: number, cut: SourcePlan): void {
    const node = this.#world.scenario.app.nodes[place]
    if (node?.op !== 'log') return
    const from = startOf(cut)
    for (const [partition, begun] of (this.#begunAt?.[node.stream] ?? []).entries()) {
      if ((from[partition] ?? 0) > begun)
        this.#world.violate(
          'from-now-on-is-pinned',
          `stream ${place}/${partition}: ${begun} records at the first trace, read from ${from[partition]}`,
        )
    }
  }
}

/** Of a log, by partition: a part without data begins where the next one does. */
function startOf(cut: SourcePlan): readonly number[] {
  const rangeOf = (at: number) => cut.ranges.find(({ partition }) => partition === String(at))
  return offsetsOf(cut).map((offset, at) => Number(rangeOf(at)?.from ?? offset))
}

/** Of a log, by partition: where the next part begins. */
function offsetsOf({ next }: SourcePlan): readonly number[] {
  return offsetsIn(next)
}

function offsetsIn(position: Json): readonly number[] {
  return (position as { readonly offsets?: readonly number[] }).offsets ?? []
}
