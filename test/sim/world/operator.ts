import { collect } from '../../../src/scheduler/collect.ts'
import { replayBatch } from '../../../src/scheduler/replay.ts'
import { skipBatch } from '../../../src/scheduler/skip.ts'
import type { SimWorld } from './sim-world.ts'
import type { Trigger } from './trigger.ts'

/** Failures that no further attempt will mend. */
const HOPELESS = new Set(['source-changed', 'data-lost', 'source-missing'])

/** Whoever looks after the application, from processes like any other: skips what fails for good, replays what has been. */
export class Operator {
  readonly #world: SimWorld
  readonly #trigger: Trigger

  constructor(world: SimWorld, trigger: Trigger) {
    this.#world = world
    this.#trigger = trigger
  }

  /** Once an interval. */
  look(): void {
    const { faults } = this.#world
    if (faults.happens('skip', 0.3)) this.skipFailed(2)
    if (faults.happens('replay', 0.1)) this.#replay()
    if (faults.happens('collect', 0.1)) this.collect()
  }

  /** Gives up the planned batch if it has failed so often; it is named as it was when somebody looked. */
  skipFailed(failures: number): void {
    const planned = this.#world.head?.planned
    if (planned?.failure === undefined || planned.failure.count < failures || !HOPELESS.has(planned.failure.code))
      return
    const { batchTime } = planned
    const { timeline, chance } = this.#world
    timeline.after(chance.pick([0, 500, 3_000]), () => {
      this.#world.faults.note('skip')
      const signal = new AbortController().signal
      const run = (runtime: Parameters<typeof skipBatch>[0]) =>
        skipBatch(runtime, { batchTime, reason: reasonFor(batchTime), signal })
      this.#trigger.start(this.#trigger.processFor(), async (runtime) => ({
        kind: 'committed',
        reports: [await run(runtime)],
      }))
    })
  }

  collect(): void {
    this.#trigger.start(this.#trigger.processFor(), async (runtime) => {
      await collect(runtime, { signal: new AbortController().signal })
      return { kind: 'idle', reports: [] }
    })
  }

  #replay(): void {
    const batchTime = this.#world.head?.committed?.attempt.batchTime
    if (batchTime === undefined) return
    this.#trigger.start(this.#trigger.processFor(), async (runtime) => {
      await replayBatch(runtime, batchTime, new AbortController().signal)
      return { kind: 'idle', reports: [] }
    })
  }
}

/** Says which batch the operator meant. */
export function reasonFor(batchTime: number): string {
  return `batch ${batchTime} failed for good`
}
