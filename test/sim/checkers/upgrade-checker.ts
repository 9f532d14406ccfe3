import { sameAttempt } from '../../../src/checkpoint/attempt.ts'
import { SluiceError } from '../../../src/util/errors.ts'
import type { SimProcess } from '../world/sim-process.ts'
import type { SimWorld } from '../world/sim-world.ts'
import type { Checker, Commit, HeadChange } from './checker.ts'

/** Code that cannot go on from what is committed changes nothing of it; and only such code is refused. */
export class UpgradeChecker implements Checker {
  readonly #world: SimWorld

  constructor(world: SimWorld) {
    this.#world = world
  }

  /** Before the oracle has taken it in. */
  committed({ process, manifest }: Commit): void {
    if (!this.#world.oracle.fits(process.release))
      this.#world.violate('misfits-are-refused', `process ${process.id} committed ${manifest.attempt.batchTime} ms`)
  }

  /** It may take the lease, publish what is committed, and do what operators ask for; it plans nothing and fails nothing. */
  headChanged({ before, after, process }: HeadChange): void {
    if (before === undefined || after.planned === undefined) return
    const isTouched = before.planned?.plan !== after.planned.plan
    const isBlamed = after.planned.failure?.code === 'graph-changed'
    if (!(isTouched || isBlamed) || this.#world.oracle.fits(process.release)) return
    if (isBlamed || !samePlan(before.planned?.plan, after.planned.plan))
      this.#world.violate(
        'refused-changes-nothing',
        `process ${process.id} changed the plan of ${after.planned.batchTime} ms`,
      )
  }

  invocationEnded(process: SimProcess, outcome: { readonly kind: string; readonly error?: unknown }): void {
    if (outcome.kind !== 'failed' || !isRefusal(outcome.error) || process.isOperators) return
    const { head, oracle, violate } = this.#world
    const [before, now] = [process.begunOn, head?.committed?.attempt]
    const isSame = before !== undefined && now !== undefined && sameAttempt(before, now)
    if (isSame && oracle.fits(process.release))
      violate('only-misfits-are-refused', `process ${process.id}: ${String(outcome.error)}`)
  }
}

function samePlan(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

function isRefusal(error: unknown): boolean {
  return error instanceof SluiceError && error.code === 'graph-changed'
}
