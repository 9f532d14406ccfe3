import { SluiceError } from '../../../src/util/errors.ts'
import type { SimProcess } from '../world/sim-process.ts'
import type { SimWorld } from '../world/sim-world.ts'
import type { Checker } from './checker.ts'

/** What may go wrong for reasons that the world gives: what is lost, changed or damaged, and acts that come too early or too late. */
const EXCUSED = new Set([
  'data-lost',
  'source-changed',
  'source-missing',
  'batch-not-planned',
  'batch-not-found',
  'batch-skipped',
  'no-checkpoint',
  'nothing-committed',
  'below-boundary',
  'savepoint-not-found',
  'before-reset',
  'base-not-retained',
  'no-dead-letters',
  'letters-planned',
  'too-many-dead-letters',
  'checkpoint-exists',
])

/** Of code that takes turns with other versions of itself; `UpgradeChecker` knows when it may be refused. */
const OF_UPGRADES = new Set(['graph-changed', 'planned-stream-missing', 'unknown-input'])

/** Found out by a checksum, which is well if something was damaged. */
const DAMAGE = new Set(['object-damaged', 'staged-damaged', 'state-corrupt', 'block-corrupt'])

/** Invocations fail for want of answers, or because the world has lost their data, and for no other reason. */
export class OutcomeChecker implements Checker {
  readonly #world: SimWorld

  constructor(world: SimWorld) {
    this.#world = world
  }

  invocationEnded(process: SimProcess, outcome: { readonly kind: string; readonly error?: unknown }): void {
    if (outcome.kind !== 'failed') return
    for (let error = outcome.error; error instanceof Error; error = error.cause) {
      if (error instanceof SluiceError && this.#isExcused(process, error)) return
    }
    this.#world.violate('fails-only-with-a-reason', `process ${process.id}: ${describe(outcome.error)}`)
  }

  #isExcused({ isOperators, release }: SimProcess, { kind, code }: SluiceError): boolean {
    // Who replays what newer code has taken may have functions that throw at it.
    if (code === 'user-function-failed') return isOperators && release.mends < this.#world.deployments.mends
    if (code === 'object-missing' && this.#world.origin !== undefined)
      return this.#world.faults.counts.has('savepoint-deleted')
    if (DAMAGE.has(code)) return this.#world.faults.counts.has('damaged-read')
    if (OF_UPGRADES.has(code)) return this.#world.deployments.happened
    return kind === 'retryable' || EXCUSED.has(code)
  }
}

function describe(error: unknown): string {
  return error instanceof Error
    ? `${error.stack}${error.cause === undefined ? '' : `\n  because of ${describe(error.cause)}`}`
    : String(error)
}
