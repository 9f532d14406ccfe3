import type { StagedOutput } from '../../../src/checkpoint/manifest.ts'
import { compareWithPublished } from '../../../src/scheduler/foresee-upgrade.ts'
import { manifests } from '../../../src/scheduler/history.ts'
import type { BatchRange } from '../../../src/scheduler/past-batch.ts'
import { type ReplayReport, replayBatch, replayBatches } from '../../../src/scheduler/replay.ts'
import type { Runtime } from '../../../src/scheduler/runtime.ts'
import { verifyCheckpoint } from '../../../src/scheduler/verify.ts'
import { actsOutside } from '../apps/app-spec.ts'
import type { Release } from '../apps/release.ts'
import type { AuditedWhen, Rerun } from '../checkers/checker.ts'
import { type Act, AN_HOUR_MS, asOperator } from './as-operator.ts'
import { Chance } from './chance.ts'
import type { SimProcess } from './sim-process.ts'
import type { SimWorld } from './sim-world.ts'
import { stockOf } from './stock.ts'
import type { Trigger } from './trigger.ts'
import { Vandal } from './vandal.ts'

/** What is done again or looked at again, and how often, an interval, in the worst of worlds. */
const REVIEWS = { 'range-replayed': 0.2, 'release-compared': 0.3, repaired: 0.1 } as const
export type Review = keyof typeof REVIEWS | 'acted-again' | 'storage-damaged'

/** Of worlds, those in which somebody does each of them, and those in which what is stored is damaged in the end. */
const REVIEWING_WORLDS = 0.3
const DAMAGED_WORLDS = 0.1

/** Of worlds whose functions act on what is outside, those in which replays call them, and how often an interval in the worst. */
const ACTING_WORLDS = 0.8
const MOST_ACTS = 0.5
/** Mostly of the last batch: it is kept in any case. */
const LATELY = [0, 0, 0, 1, 2]
/** Of these replays, those by code that hands over other values. */
const OTHERWISE = 0.3

/**
 * Whoever looks back: runs batches again by the code that a process has, or that may come next, and has the checkpoint
 * repaired. Draws from a stream of its own, and what calls functions again from another.
 */
export class Reviewer {
  readonly #first: SimWorld
  readonly #trigger: Trigger
  readonly #chance: Chance
  readonly #rates: ReadonlyMap<Review, number>
  readonly #acts: Chance
  readonly #actsRate: number

  constructor(world: SimWorld, trigger: Trigger) {
    this.#first = world
    this.#trigger = trigger
    const chance = new Chance(world.scenario.seed, 16)
    this.#chance = chance
    this.#rates = new Map(
      (Object.keys(REVIEWS) as (keyof typeof REVIEWS)[]).map((kind) => [
        kind,
        chance.chance(REVIEWING_WORLDS) ? chance.next() * REVIEWS[kind] : 0,
      ]),
    )
    const { seed, app } = world.scenario
    this.#acts = new Chance(seed, 24)
    this.#actsRate = actsOutside(app) && this.#acts.chance(ACTING_WORLDS) ? this.#acts.next() * MOST_ACTS : 0
  }

  get #world(): SimWorld {
    return this.#first.current
  }

  /** Once an interval. */
  look(): void {
    if (this.#happens('range-replayed')) this.#replayRange()
    if (this.#happens('release-compared')) this.#compare()
    if (this.#happens('repaired')) this.#repair()
    if (this.#actsRate > 0 && this.#acts.chance(this.#actsRate)) this.#actAgain()
  }

  #happens(kind: Review): boolean {
    const happens = this.#chance.chance(this.#rates.get(kind) ?? 0) && this.#world.head?.committed !== undefined
    if (happens) this.#world.faults.note(kind)
    return happens
  }

  replay(batchTime: number): void {
    const process = this.#trigger.processFor()
    this.#replayOne({ process, ...PLAIN }, batchTime)
  }

  #replayRange(): void {
    const chance = this.#chance
    const range = this.#recentRange(chance, [0, 1, 2])
    const options = { ...PLAIN, carryState: chance.chance(0.5), keep: chance.chance(0.2) }
    this.#replayAll({ process: this.#trigger.processFor(), ...options }, range)
  }

  /** Has a replay call the functions that act outside, too. */
  #actAgain(): void {
    const { deployments, faults, head } = this.#world
    if (head?.committed === undefined) return
    faults.note('acted-again')
    const chance = this.#acts
    const range = this.#recentRange(chance, LATELY)
    const isTrial = chance.chance(OTHERWISE)
    const process = isTrial ? this.#trial(deployments.otherwise(chance)) : this.#trigger.processFor()
    const rerun = { process, isTrial, carryState: chance.chance(0.5), keep: chance.chance(0.2), withForeachRDD: true }
    // Without its beginning it is of whatever is retained: none of it is refused.
    const { until } = range
    if (chance.chance(0.6)) this.#replayAll(rerun, chance.chance(0.5) ? range : { until })
    else this.#replayOne({ ...rerun, carryState: false }, until)
  }

  #replayOne(rerun: Rerun, batchTime: number): void {
    const { keep, withForeachRDD } = rerun
    this.#rerun(rerun, async function* (runtime, signal) {
      yield await replayBatch(runtime, batchTime, { keep, withForeachRDD, signal })
    })
  }

  #replayAll(rerun: Rerun, range: BatchRange): void {
    const { carryState, keep, withForeachRDD } = rerun
    const request = { ...range, carryState, keep, withForeachRDD }
    this.#rerun(rerun, (runtime, signal) => replayBatches(runtime, { ...request, signal }))
  }

  /** The last of it is as many batches old as one of `ages` says. */
  #recentRange(chance: Chance, ages: readonly number[]): Required<BatchRange> {
    const { head, scenario } = this.#world
    const last = head?.committed?.attempt.batchTime ?? 0
    const until = last - chance.pick(ages) * scenario.intervalMs
    return { from: until - chance.between(1, 3) * scenario.intervalMs, until }
  }

  /** By code that is there already, or by what nobody has deployed as yet, which is asked for nothing else. */
  #compare(): void {
    const batches = this.#chance.between(1, 3)
    const isTrial = this.#chance.chance(0.5)
    const process = isTrial ? this.#trial(this.#world.deployments.draft(this.#chance)) : this.#trigger.processFor()
    this.#rerun({ process, ...PLAIN, isTrial, carryState: true }, (runtime, signal) =>
      compareWithPublished(runtime, { batches, signal }),
    )
  }

  #trial(release: Release): SimProcess {
    return this.#trigger.launch(this.#world, release)
  }

  /** A process of code that nobody has deployed does nothing else. */
  #rerun(rerun: Rerun, run: (...asked: Parameters<Act>) => AsyncGenerator<ReplayReport>): void {
    const { process, isTrial } = rerun
    const act: Act = async (runtime, signal) => {
      process.rerun = rerun
      try {
        for await (const report of run(runtime, signal)) process.world.replayed(rerun, report)
      } finally {
        process.rerun = undefined
        if (isTrial) process.die()
      }
    }
    asOperator(this.#trigger, act, { process })
  }

  #repair(): void {
    const process = this.#trigger.processFor()
    const { world } = process
    const act: Act = async (runtime, signal) =>
      world.audited(await verifyCheckpoint(runtime, { repair: true, signal }), { isLast: false })
    asOperator(this.#trigger, act, { process, ...(this.#chance.chance(0.5) ? { timeoutMs: AN_HOUR_MS } : {}) })
  }

  /** In the end, somebody else may have changed what is stored: the product must find it, and make right what it can. */
  mend(done: () => void): void {
    if (!this.#chance.chance(DAMAGED_WORLDS)) {
      done()
      return
    }
    this.#world.faults.note('storage-damaged')
    const mended: Act = (runtime, signal) => this.#harmAndMend(runtime, signal).finally(done)
    asOperator(this.#trigger, mended, { timeoutMs: AN_HOUR_MS })
  }

  async #harmAndMend(runtime: Runtime, signal: AbortSignal): Promise<void> {
    const world = this.#world
    const prefixes = runtime.graph.outputs.map(({ node }) => `${node.sink?.options.prefix}-`)
    const vandal = new Vandal(world, this.#chance, prefixes)
    const deeds = vandal.harm(await publishedOf(runtime))
    const verify = async (repairs: boolean, told: Pick<AuditedWhen, 'deeds'>): Promise<void> => {
      const before = stockOf(world)
      const report = await verifyCheckpoint(runtime, { repair: repairs, signal })
      world.audited(report, { isLast: told.deeds === undefined, before, repairs, ...told })
    }
    await verify(false, { deeds })
    await verify(true, { deeds })
    vandal.undo()
    await verify(true, {})
  }
}

/** What replays are not asked for. */
const PLAIN = { isTrial: false, carryState: false, keep: false, withForeachRDD: false } as const

/** What readers are to see of the batches that are retained. */
async function publishedOf({ register, app, checkpoint }: Runtime): Promise<StagedOutput[]> {
  const head = await register.read(app)
  const found: StagedOutput[] = []
  if (head === undefined) return found
  for await (const { outputs } of manifests(checkpoint, head))
    found.push(...outputs.filter(({ destination }) => destination !== undefined))
  return found
}
