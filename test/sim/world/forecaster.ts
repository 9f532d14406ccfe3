import type { Head } from '../../../src/checkpoint/head.ts'
import { foreseeUpgrade } from '../../../src/scheduler/foresee-upgrade.ts'
import { type Act, asOperator } from './as-operator.ts'
import { Chance } from './chance.ts'
import type { SimWorld } from './sim-world.ts'
import type { Trigger } from './trigger.ts'

/** Of worlds, those in which somebody asks before an upgrade; how often an interval, in the worst of them. */
const FORESEEING_WORLDS = 0.5
const MOST = 0.15
/** Of versions that somebody tries out, those that are mistakes, and those that are deployed then, whatever was said of them. */
const MISTAKES = 0.25
const DEPLOYED = 0.7
/** And those that stand still midway, for so long that batches are committed and collected meanwhile. */
const OVERTAKEN = 0.3
const OVERTAKEN_MS = 6_000

/** Whoever asks what would become of the checkpoint by code that is not there yet. Draws from a stream of its own. */
export class Forecaster {
  readonly #first: SimWorld
  readonly #trigger: Trigger
  readonly #chance: Chance
  readonly #rate: number

  constructor(world: SimWorld, trigger: Trigger) {
    this.#first = world
    this.#trigger = trigger
    this.#chance = new Chance(world.scenario.seed, 23)
    this.#rate = this.#chance.chance(FORESEEING_WORLDS) ? this.#chance.next() * MOST : 0
  }

  /** Once an interval. */
  look(): void {
    const { head } = this.#first.current
    if (this.#chance.chance(this.#rate) && head !== undefined) this.#foresee(head)
  }

  #foresee(since: Head): void {
    const world = this.#first.current
    const { deployments } = world
    const chance = this.#chance
    world.faults.note('upgrade-foreseen')
    const isRight = !chance.chance(MISTAKES)
    const isDeployed = chance.chance(DEPLOYED)
    const draft = isRight ? deployments.draft(chance) : deployments.mistake(chance)
    const process = this.#trigger.launch(world, draft)
    const act: Act = async (runtime) => {
      let stays = false
      try {
        const forecast = await foreseeUpgrade(runtime)
        world.foreseen({ process, forecast, since })
        stays = isDeployed && !world.faults.ended && deployments.adopt(draft, { isRight })
      } finally {
        if (!stays) process.die()
      }
    }
    asOperator(this.#trigger, act, { process })
    if (chance.chance(OVERTAKEN)) world.timeline.after(chance.nextInt(150), () => process.freeze(OVERTAKEN_MS))
  }
}
