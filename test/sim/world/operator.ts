import type { Manifest } from '../../../src/checkpoint/manifest.ts'
import { beginFromSavepoint } from '../../../src/scheduler/begin-from.ts'
import { collect } from '../../../src/scheduler/collect.ts'
import { dropLetters, retryLetters } from '../../../src/scheduler/dead-letters/settle-letters.ts'
import { publishAgain } from '../../../src/scheduler/publish-again.ts'
import { resetApplication } from '../../../src/scheduler/reset.ts'
import type { Runtime } from '../../../src/scheduler/runtime.ts'
import { createSavepoint, deleteSavepoint } from '../../../src/scheduler/savepoint.ts'
import { skipBatch } from '../../../src/scheduler/skip.ts'
import { verifyCheckpoint } from '../../../src/scheduler/verify.ts'
import { setsApart } from '../apps/app-spec.ts'
import { type Act, AN_HOUR_MS, asOperator } from './as-operator.ts'
import { Chance } from './chance.ts'
import { Forecaster } from './forecaster.ts'
import { Reviewer } from './reviewer.ts'
import { SimRegister } from './sim-register.ts'
import { SimStore } from './sim-store.ts'
import type { SimWorld } from './sim-world.ts'
import { stockOf } from './stock.ts'
import type { Trigger } from './trigger.ts'

/** Failures that no further attempt will mend. */
const HOPELESS = new Set(['source-changed', 'data-lost', 'source-missing', 'too-many-dead-letters'])

/** Why letters are dropped: some have much to say, which does not fit into the head. */
const REASONS = ['nobody wants them', ...[25, 40].map((times) => 'nobody wants them; '.repeat(times))]

/**
 * Whoever looks after the application, from processes like any other: skips what fails for good, and does
 * everything else that an operator can do, at any time, sometimes by what was so a while ago.
 */
export class Operator {
  readonly #first: SimWorld
  readonly #trigger: Trigger
  readonly #travels: Chance
  readonly #reviewer: Reviewer
  readonly #forecaster: Forecaster
  #savepoints = 0
  /** The savepoint of a batch that few are like. */
  #rare = ''

  constructor(world: SimWorld, trigger: Trigger) {
    this.#first = world
    this.#trigger = trigger
    this.#travels = new Chance(world.scenario.seed, 10)
    this.#reviewer = new Reviewer(world, trigger)
    this.#forecaster = new Forecaster(world, trigger)
  }

  get #world(): SimWorld {
    return this.#first.current
  }

  /** Once an interval. */
  look(): void {
    const { faults } = this.#world
    if (faults.happens('skip', 0.3)) this.skipFailed(2)
    if (faults.happens('hasty-skip', 0.1)) this.#skip()
    if (faults.happens('replay', 0.2)) this.#replay()
    // What is committed and not to be seen, somebody may publish by hand.
    if (faults.happens('publish-again', this.#unpublished === undefined ? 0.1 : 0.3)) this.#publishAgain()
    if (faults.happens('collect', 0.1)) this.collect()
    if (faults.happens('savepoint', 0.15)) this.#savepoint()
    if (faults.happens('savepoint-deleted', 0.15)) this.#deleteSavepoint()
    if (faults.happens('reset', 0.03)) this.#reset()
    if (setsApart(this.#world.scenario.app)) this.#lookAtLetters()
    if (faults.happens('upgrade', 0.3)) this.#world.deployments.deploy()
    if (this.#world.scenario.beginsElsewhere) this.#lookElsewhere()
    this.#reviewer.look()
    this.#forecaster.look()
  }

  #lookAtLetters(): void {
    const { faults, head } = this.#world
    if (faults.happens('letters-retried', 0.2)) this.#letters('retry')
    // Where a batch is stuck, somebody may want to be rid of what it reads again.
    if (faults.happens('letters-dropped', head?.planned === undefined ? 0.1 : 0.6)) this.#letters('drop')
  }

  /** Gives up the planned batch if it has failed so often; it is named as it was when somebody looked. */
  skipFailed(failures: number): void {
    if (this.givesUp(failures)) this.#skip()
  }

  /** Whether the planned batch has failed so often, for good. */
  givesUp(failures: number): boolean {
    const failure = this.#world.head?.planned?.failure
    return failure !== undefined && failure.count >= failures && HOPELESS.has(failure.code)
  }

  #skip(): void {
    const batchTime = this.#world.head?.planned?.batchTime
    if (batchTime === undefined) return
    const { timeline, chance } = this.#world
    timeline.after(chance.pick([0, 500, 3_000]), () =>
      this.#act((runtime, signal) => skipBatch(runtime, { batchTime, reason: reasonFor(batchTime), signal })),
    )
  }

  /** Deletes what nothing needs any more. */
  collect(done: () => void = () => {}): void {
    this.#act((runtime, signal) => collect(runtime, { signal }).finally(done))
  }

  /** Looks at everything that is left, and takes the time that it takes. */
  verify(done: () => void): void {
    const audit = async (runtime: Runtime, signal: AbortSignal): Promise<void> => {
      const before = stockOf(this.#world)
      this.#world.audited(await verifyCheckpoint(runtime, { signal }), { isLast: true, before })
    }
    this.#act((runtime, signal) => audit(runtime, signal).finally(done), AN_HOUR_MS)
  }

  /** Has what readers see made right again, where somebody has changed it. */
  mend(done: () => void): void {
    this.#reviewer.mend(done)
  }

  #publishAgain(): void {
    const batchTime = this.#unpublished ?? this.#recentBatch()
    if (batchTime === undefined) return
    this.#act(async (runtime, signal) => {
      for await (const _ of publishAgain(runtime, { from: batchTime, until: batchTime, signal }));
    })
  }

  #replay(): void {
    const batchTime = this.#recentBatch()
    if (batchTime !== undefined) this.#reviewer.replay(batchTime)
  }

  /** Of the last batch, or of one that collection may be about to give up. */
  #savepoint(): void {
    this.#savepointOf(this.#world.chance.chance(0.5) ? undefined : this.#recentBatch())
  }

  #savepointOf(batchTime: number | undefined): string {
    const name = `s${++this.#savepoints}`
    this.#act((runtime, signal) =>
      createSavepoint(runtime, { name, signal, ...(batchTime === undefined ? {} : { batchTime }) }),
    )
    return name
  }

  #deleteSavepoint(): void {
    const pins = this.#world.head?.pins ?? []
    if (pins.length === 0) return
    const { name } = this.#world.chance.pick(pins)
    this.#act((runtime, signal) => deleteSavepoint(runtime, { name, signal }))
  }

  /** Once, for good: with a savepoint that there is, or that there will be when somebody looks again. */
  #lookElsewhere(): void {
    const first = this.#first
    const goes = this.#travels.chance(0.2)
    if (first.current !== first || first.head === undefined) return
    const { pins } = first.head
    const rare = this.#ownChanges
    if (rare !== undefined) this.#rare = this.#savepointOf(rare)
    if (pins.some(({ name }) => name === this.#rare)) this.#beginElsewhere(this.#rare)
    else if (goes && pins.length > 0) this.#beginElsewhere(this.#travels.pick(pins).name)
    else if (goes) this.#savepoint()
  }

  /** The last batch, if nothing but its manifest names what it changed: a copy must not, and few batches are like that. */
  get #ownChanges(): number | undefined {
    const { committed } = this.#first.head ?? {}
    const manifest = committed && this.#first.load<Manifest>(committed.manifest)
    return manifest?.changes && manifest.attempt.batchTime
  }

  #beginElsewhere(name: string): void {
    const first = this.#first
    const process = this.#trigger.launch(first.elsewhere())
    const from = { register: new SimRegister(process, first), checkpoint: new SimStore(first.checkpoint, process) }
    first.faults.note('begun-elsewhere')
    const act: Act = (runtime, signal) => beginFromSavepoint(runtime, { name, from, signal })
    asOperator(this.#trigger, act, { process })
  }

  /** All that are open, or those of one batch. */
  #letters(act: 'retry' | 'drop'): void {
    const { chance, faults, timeline } = this.#world
    // Who changes his mind may come while a batch reads them already.
    if (act === 'retry' && faults.happens('letters-dropped', 0.6))
      timeline.after(chance.between(900, 1_300), () => this.#letters('drop'))
    const batchTime = chance.chance(0.5) ? undefined : this.#recentBatch()
    const choice = batchTime === undefined ? {} : { batchTime }
    this.#act((runtime, signal) =>
      act === 'retry'
        ? retryLetters(runtime, { ...choice, signal })
        : dropLetters(runtime, { ...choice, signal, reason: chance.pick(REASONS) }),
    )
  }

  #reset(): void {
    const keepPositions = this.#world.chance.chance(0.5)
    const reason = keepPositions ? KEEPS_POSITIONS : 'begins with new positions'
    this.#act((runtime, signal) => resetApplication(runtime, { reason, keepPositions, signal }))
  }

  /** The last batch, if nobody has recorded that all of it is there to be read. */
  get #unpublished(): number | undefined {
    const committed = this.#world.head?.committed
    return committed?.published === false ? committed.attempt.batchTime : undefined
  }

  #recentBatch(): number | undefined {
    const { head, scenario, chance } = this.#world
    const last = head?.committed?.attempt.batchTime
    return last === undefined ? undefined : last - chance.nextInt(5) * scenario.intervalMs
  }

  #act(act: Act, timeoutMs?: number): void {
    asOperator(this.#trigger, act, { timeoutMs })
  }
}

/** The reason of a reset that keeps positions, for whoever watches. */
export const KEEPS_POSITIONS = 'keeps positions'

/** Says which batch the operator meant. */
export function reasonFor(batchTime: number): string {
  return `batch ${batchTime} failed for good`
}
