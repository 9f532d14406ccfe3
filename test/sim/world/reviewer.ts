import type { StagedOutput } from '../../../src/checkpoint/manifest.ts'
import { compareWithPublished } from '../../../src/scheduler/foresee-upgrade.ts'
import { manifests } from '../../../src/scheduler/history.ts'
import type { BatchRange } from '../../../src/scheduler/past-batch.ts'
import { type ReplayReport, replayBatch, replayBatches } from '../../../src/scheduler/replay.ts'
import type { Runtime } from '../../../src/scheduler/runtime.ts'
import { verifyCheckpoint } from '../../../src/scheduler/verify.ts'
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
export type Review = keyof typeof REVIEWS | 'storage-damaged'

/** Of worlds, those in which somebody does each of them, and those in which what is stored is damaged in the end. */
const REVIEWING_WORLDS = 0.3
const DAMAGED_WORLDS = 0.1

/**
 * Whoever looks back: runs batches again by the code that a process has, or that may come next, and has the checkpoint
 * repaired. Draws from a stream of its own.
 */
export class Reviewer {
  readonly #first: SimWorld
  readonly #trigger: Trigger
  readonly #chance: Chance
  readonly #rates: ReadonlyMap<Review, number>

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
  }

  get #world(): SimWorld {
    return this.#first.current
  }

  /** Once an interval. */
  look(): void {
    if (this.#happens('range-replayed')) this.#replayRange()
    if (this.#happens('release-compared')) this.#compare()
    if (this.#happens('repaired')) this.#repair()
  }

  #happens(kind: Review): boolean {
    const happens = this.#chance.chance(this.#rates.get(kind) ?? 0) && this.#world.head?.committed !== undefined
    if (happens) this.#world.faults.note(kind)
    return happens
  }

  replay(batchTime: number): void {
    const process = this.#trigger.processFor()
    this.#rerun({ process, carryState: false, keep: false }, async function* (runtime, signal) {
      yield await replayBatch(runtime, batchTime, { signal })
    })
  }

  #replayRange(): void {
    const chance = this.#chance
    const range = { ...this.#recentRange(), carryState: chance.chance(0.5), keep: chance.chance(0.2) }
    const process = this.#trigger.processFor()
    this.#rerun({ process, ...range }, (runtime, signal) => replayBatches(runtime, { ...range, signal }))
  }

  #recentRange(): BatchRange {
    const { head, scenario } = this.#world
    const last = head?.committed?.attempt.batchTime ?? 0
    const until = last - this.#chance.nextInt(3) * scenario.intervalMs
    return { from: until - this.#chance.between(1, 3) * scenario.intervalMs, until }
  }

  /** By code that is there already, or by what nobody has deployed as yet, which is asked for nothing else. */
  #compare(): void {
    const batches = this.#chance.between(1, 3)
    const isTrial = this.#chance.chance(0.5)
    const process = isTrial ? this.#trial() : this.#trigger.processFor()
    this.#rerun({ process, carryState: true, keep: false }, async function* (runtime, signal) {
      try {
        yield* compareWithPublished(runtime, { batches, signal })
      } finally {
        if (isTrial) process.die()
      }
    })
  }

  #trial(): SimProcess {
    return this.#trigger.launch(this.#world, this.#world.deployments.draft(this.#chance))
  }

  #rerun(rerun: Rerun, run: (...asked: Parameters<Act>) => AsyncGenerator<ReplayReport>): void {
    const { process } = rerun
    const act: Act = async (runtime, signal) => {
      for await (const report of run(runtime, signal)) process.world.replayed(rerun, report)
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
    const vandal = new Vandal(world, this.#chance)
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

/** What readers are to see of the batches that are retained. */
async function publishedOf({ register, app, checkpoint }: Runtime): Promise<StagedOutput[]> {
  const head = await register.read(app)
  const found: StagedOutput[] = []
  if (head === undefined) return found
  for await (const { outputs } of manifests(checkpoint, head))
    found.push(...outputs.filter(({ destination }) => destination !== undefined))
  return found
}
