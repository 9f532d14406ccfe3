import type { SimWorld } from '../world/sim-world.ts'
import type { Checker } from './checker.ts'
import { EffectChecker } from './effect-checker.ts'
import { HistoryChecker } from './history-checker.ts'
import { OutcomeChecker } from './outcome-checker.ts'
import { OutputChecker } from './output-checker.ts'
import { ReferenceChecker } from './reference-checker.ts'
import { RegisterChecker } from './register-checker.ts'
import { StorageChecker } from './storage-checker.ts'
import { UpgradeChecker } from './upgrade-checker.ts'

/** All of them, always. */
export function allCheckers(world: SimWorld): {
  readonly checkers: readonly Checker[]
  readonly effects: EffectChecker
} {
  const effects = new EffectChecker(world.violate)
  const checkers = [
    effects,
    new RegisterChecker(world),
    new ReferenceChecker(world),
    new OutputChecker(world),
    new UpgradeChecker(world),
    new HistoryChecker(world),
    new OutcomeChecker(world),
    new StorageChecker(world),
  ]
  return { checkers, effects }
}
