import type { ReplayReport } from '../../../src/scheduler/replay.ts'
import type { Expected } from '../oracle/oracle.ts'
import type { SimWorld } from '../world/sim-world.ts'
import type { Checker, EffectAct, KeyedAct, OutsideAct, Rerun } from './checker.ts'
import type { Past, ReplayOracle } from './replay-oracle.ts'
import { tokenParts } from './token-parts.ts'

/** What the functions of one replayed batch have done so far. */
interface Done {
  readonly expected: Expected
  hasEffect: boolean
  readonly keys: Set<string>
}

/**
 * A replay calls functions that act on the world outside only if it is told to, and then for each batch that was not given up,
 * with what its code makes of that. Its tokens are no batch's and no other replay's.
 */
export class ReplayedActsChecker implements Checker {
  readonly #world: SimWorld
  readonly #oracle: ReplayOracle
  /** Who has acted under which name of a replay. */
  readonly #named = new Map<string, Rerun>()
  readonly #done = new WeakMap<Rerun, Map<number, Done>>()

  constructor(world: SimWorld, oracle: ReplayOracle) {
    this.#world = world
    this.#oracle = oracle
  }

  effect({ content, ...act }: EffectAct): void {
    const done = this.#actOf(act)
    if (done === undefined) return
    done.hasEffect = true
    const [expected] = done.expected.effects.values()
    if (content !== expected)
      this.#world.violate('replays-hand-over-the-batch', `${act.token}: ${content}, expected ${expected}`)
  }

  keyedWritten({ key, value, ...act }: KeyedAct): void {
    const done = this.#actOf(act)
    if (done === undefined) return
    done.keys.add(key)
    const { keyed } = done.expected
    if (!keyed.has(key) || keyed.get(key) !== value)
      this.#world.violate('replays-hand-over-the-batch', `${key} of ${act.token}: ${value}, expected ${keyed.get(key)}`)
  }

  replayed(rerun: Rerun, { batchTime, skipped }: ReplayReport): void {
    const past = this.#oracle.past(batchTime)
    if (!rerun.withForeachRDD || past === undefined) return
    const { expected, hasEffect, keys } = this.#doneBy(rerun, past)
    const missing = [...expected.keyed.keys()].filter((key) => !keys.has(key))
    if (skipped === undefined && (hasEffect !== expected.effects.size > 0 || missing.length > 0))
      this.#world.violate('replays-act-when-told', `${batchTime} ms: ${hasEffect}, without ${missing}`)
  }

  /** What its functions have done beside this; `undefined` where no replay does it, or none may. */
  #actOf(act: OutsideAct): Done | undefined {
    const { token, rerun } = act
    const { replay, incarnation, batchTime } = tokenParts(token)
    if (rerun?.withForeachRDD === false) this.#world.violate('replays-act-only-when-told', token)
    if (!this.#isItsOwn(replay, rerun)) this.#world.violate('replays-have-own-tokens', token)
    if (rerun === undefined) return undefined
    const past = this.#oracle.past(batchTime)
    if (past?.manifest.attempt.incarnation === incarnation && past.manifest.skipped === undefined)
      return this.#doneBy(rerun, past)
    this.#world.violate('replays-act-for-what-was-committed', token)
    return undefined
  }

  #isItsOwn(replay: string | undefined, rerun: Rerun | undefined): boolean {
    if (replay === undefined || rerun === undefined) return replay === rerun
    const owner = this.#named.get(replay) ?? rerun
    this.#named.set(replay, owner)
    return owner === rerun
  }

  #doneBy(rerun: Rerun, past: Past): Done {
    const batches = this.#done.get(rerun) ?? new Map<number, Done>()
    this.#done.set(rerun, batches)
    const { batchTime } = past.manifest.attempt
    const done = batches.get(batchTime) ?? {
      expected: this.#oracle.expected(rerun, past),
      hasEffect: false,
      keys: new Set<string>(),
    }
    batches.set(batchTime, done)
    return done
  }
}
