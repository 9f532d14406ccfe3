import type { Manifest } from '../../../src/checkpoint/manifest.ts'
import type { Plan } from '../../../src/checkpoint/plan.ts'
import { placeOf, type Release } from '../apps/release.ts'
import type { BatchInput, Expected, Oracle } from '../oracle/oracle.ts'
import type { SimWorld } from '../world/sim-world.ts'
import type { Checker, Commit, Rerun } from './checker.ts'

/** What is known of a committed batch. */
export interface Past {
  readonly manifest: Manifest
  readonly plan: Plan
  readonly release: Release
  /** Which has gone on since. */
  readonly oracle: Oracle
  /** Its number there. */
  readonly batch: number
}

/** What the replays of one range have come to so far, by batch time. */
interface Evaluated {
  readonly expected: Map<number, Expected>
  carried?: Oracle
  /** Whether the state that is carried on is of other code than was committed. */
  isOther: boolean
}

const NOTHING: Expected = { files: new Map(), effects: new Map(), keyed: new Map() }

/** What an independent evaluation says of replays: what each comes to by the code of its process. */
export class ReplayOracle implements Checker {
  readonly #world: SimWorld
  /** By batch time: an incarnation begins after the one before. */
  readonly #past = new Map<number, Past>()
  readonly #reruns = new WeakMap<Rerun, Evaluated>()

  constructor(world: SimWorld) {
    this.#world = world
  }

  /** After the oracle has taken it in. */
  committed({ manifest, process: { release } }: Commit): void {
    const { oracle } = this.#world
    const plan = this.#world.load<Plan>(manifest.plan)
    if (plan === undefined) return
    this.#past.set(manifest.attempt.batchTime, { manifest, plan, release, oracle, batch: oracle.batches })
  }

  past(batchTime: number): Past | undefined {
    return this.#past.get(batchTime)
  }

  /** Whether it must come to what was committed: by the same code on the same state. */
  isAsCommitted(rerun: Rerun, { release }: Past): boolean {
    return rerun.process.release === release && this.#reruns.get(rerun)?.isOther !== true
  }

  /** What its code makes of the batch. Of a range that carries state on, batches are asked for in their order, or again. */
  expected(rerun: Rerun, past: Past): Expected {
    const evaluated = this.#reruns.get(rerun) ?? { expected: new Map(), isOther: false }
    this.#reruns.set(rerun, evaluated)
    const { batchTime } = past.manifest.attempt
    const known = evaluated.expected.get(batchTime)
    if (known !== undefined) return known
    const made = evaluate(rerun, past, evaluated)
    const expected = past.manifest.skipped === undefined ? made : NOTHING
    evaluated.expected.set(batchTime, expected)
    return expected
  }
}

function evaluate({ carryState, process: { release } }: Rerun, past: Past, evaluated: Evaluated): Expected {
  const before = past.oracle.asOf(past.batch - 1)
  const input = inputFor(release, { past, before })
  const now = evaluated.carried ?? before
  const expected = now.next(input, release, past.manifest.skipped !== undefined)
  if (carryState) {
    evaluated.carried = now
    evaluated.isOther ||= release !== past.release
  }
  return expected
}

/**
 * What the batch has read of streams that are the replay's code's, too: what the batch itself has not read, no code reads now. A plan that
 * was cut smaller by other code may have two streams of one node: that code's own, and one that only the other has.
 */
function inputFor(
  release: Release,
  { past: { plan, oracle, batch, release: committedBy }, before }: { readonly past: Past; readonly before: Oracle },
): BatchInput {
  const versions = [committedBy, release]
  const own = Object.entries(plan.sources).filter(([uid, cut]) => versions.every((of) => before.isOwn(uid, cut, of)))
  const places = new Set(own.map(([uid]) => placeOf(uid)))
  return new Map([...oracle.inputOf(batch)].filter(([place]) => places.has(place)))
}
