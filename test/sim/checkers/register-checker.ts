import { sameAttempt } from '../../../src/checkpoint/attempt.ts'
import { nextBatchTime } from '../../../src/checkpoint/grid.ts'
import type { SimWorld } from '../world/sim-world.ts'
import type { Begun, Checker, Commit, HeadChange, Reset } from './checker.ts'

/** The head only goes forward, batch by batch, each starting where the last one ended. */
export class RegisterChecker implements Checker {
  readonly #world: SimWorld

  constructor(world: SimWorld) {
    this.#world = world
  }

  headChanged({ before, after, process }: HeadChange): void {
    if (before === undefined) return
    const { violate } = this.#world
    if (after.version <= before.version)
      violate('head-goes-forward', `version ${after.version} after ${before.version}`)
    if (after.token < before.token) violate('token-never-falls', `token ${after.token} after ${before.token}`)
    if (after.incarnation < before.incarnation)
      violate('incarnation-never-falls', `${after.incarnation} after ${before.incarnation}`)
    const takes = after.token > before.token
    const owner = before.lease && this.#world.owners.get(before.lease.owner)
    if (!takes && owner !== undefined && owner !== process)
      violate('one-owner-a-token', `process ${process.id} changed the head under the token of another: ${after.token}`)
    if (takes || before.committed === undefined || after.committed === undefined) return
    if (after.committed.attempt.batchTime < before.committed.attempt.batchTime)
      violate(
        'commits-are-final',
        `batch ${after.committed.attempt.batchTime} ms after ${before.committed.attempt.batchTime} ms`,
      )
  }

  committed({ before, after, manifest }: Commit): void {
    const { violate } = this.#world
    const { attempt } = manifest
    if (after.committed === undefined || !sameAttempt(after.committed.attempt, attempt))
      violate('manifest-is-of-its-attempt', `${JSON.stringify(attempt)}`)
    if (before === undefined) {
      violate('plan-before-commit', 'a commit into an application that has no head')
      return
    }
    const expected = nextBatchTime(before)
    if (attempt.batchTime !== expected)
      violate('commits-are-gapless', `batch ${attempt.batchTime} ms, expected ${expected} ms`)
    const { predecessor } = manifest
    const last = before.committed?.attempt
    if (
      (predecessor === undefined) !== (last === undefined) ||
      (predecessor && last && !sameAttempt(predecessor, last))
    )
      violate(
        'commits-build-on-each-other',
        `batch ${attempt.batchTime} ms builds on ${JSON.stringify(predecessor)}, not on ${JSON.stringify(last)}`,
      )
  }

  /** Outside, what an incarnation does is told from what others do by its number. */
  begun({ after }: Begun): void {
    const { origin, violate } = this.#world
    const others = origin?.copiedSince ?? 0
    if (after.incarnation <= others)
      violate('incarnations-of-their-own', `a copy is ${after.incarnation}, and the original was ${others} by then`)
  }

  reset({ before, after }: Reset): void {
    const last = before.committed?.attempt.batchTime ?? before.zeroTime
    if (after.zeroTime < last)
      this.#world.violate('final-names-per-incarnation', `${after.zeroTime} ms, after ${last} ms`)
  }
}
