import type { SimWorld } from '../world/sim-world.ts'
import type { Checker } from './checker.ts'
import { ComputedChecker } from './computed-checker.ts'
import { DamageChecker } from './damage-checker.ts'
import { EffectChecker } from './effect-checker.ts'
import { ForecastChecker } from './forecast-checker.ts'
import { FromNowOnChecker } from './from-now-on-checker.ts'
import { HistoryChecker } from './history-checker.ts'
import { KeyedChecker } from './keyed-checker.ts'
import { LetterChecker } from './letter-checker.ts'
import { OutcomeChecker } from './outcome-checker.ts'
import { OutputChecker } from './output-checker.ts'
import { ReceivedChecker } from './received-checker.ts'
import { ReferenceChecker } from './reference-checker.ts'
import { RegisterChecker } from './register-checker.ts'
import { ReplayChecker } from './replay-checker.ts'
import { ReplayOracle } from './replay-oracle.ts'
import { ReplayedActsChecker } from './replayed-acts-checker.ts'
import { ShadowChecker } from './shadow-checker.ts'
import { StateChecker } from './state-checker.ts'
import { StorageChecker } from './storage-checker.ts'
import { UpgradeChecker } from './upgrade-checker.ts'

/** Those of what an original and its copy do to one world outside. */
export interface SharedCheckers {
  readonly effects: EffectChecker
  readonly keyed: KeyedChecker
}

export function sharedCheckers(world: SimWorld): SharedCheckers {
  return { effects: new EffectChecker(world.violate), keyed: new KeyedChecker(world) }
}

/** All of them, always. */
export function allCheckers(world: SimWorld): readonly Checker[] {
  const outside = {
    ...world.shared,
    letters: new LetterChecker(world),
    received: new ReceivedChecker(world),
    computed: new ComputedChecker(world),
  }
  const history = new HistoryChecker(world, outside)
  const outputs = new OutputChecker(world)
  const oracle = new ReplayOracle(world)
  return [
    ...Object.values(outside),
    new RegisterChecker(world),
    new ReferenceChecker(world),
    outputs,
    new FromNowOnChecker(world),
    new UpgradeChecker(world),
    new ForecastChecker(world),
    history,
    oracle,
    new ReplayedActsChecker(world, oracle),
    new ReplayChecker(world, { outputs, oracle }),
    new ShadowChecker(world),
    new StateChecker(world, () => history.filesRead),
    new OutcomeChecker(world),
    new StorageChecker(world),
    new DamageChecker(world),
  ]
}
