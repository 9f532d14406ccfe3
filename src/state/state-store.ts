import type { Attempt } from '../checkpoint/attempt.ts'
import { Gate } from './gate.ts'
import { reshape, type StateChange } from './reshape.ts'
import { DEFAULT_SNAPSHOT_POLICY, type SnapshotPolicy } from './snapshot-policy.ts'
import { type StateObjects, StateReads } from './state-objects.ts'
import { type Base, StateRun, type WarmState } from './state-run.ts'

export interface StateStoreOptions {
  /** Objects read at once while tables are restored. Default: 16. */
  readonly maxParallelReads?: number
  readonly snapshots?: Partial<SnapshotPolicy>
}

/**
 * A process's memory of keyed state between batches. A run takes the tables out, if they are of the very attempt that it builds
 * on (rule `warm-by-attempt`), and only its commit brings them back: a run that failed, was fenced or is frozen midway leaves
 * none behind (rule `warm-moved-while-running`), and whoever opens meanwhile restores from storage.
 *
 * @example
 * ```ts
 * const run = new StateStore().open(undefined, objects)
 * const counts = await run.table<string, number>('counts', 0, 1)
 * counts.set('row', (counts.get('row') ?? 0) + 1)
 * // To be stored, and named in the commit by what `manifest` returns; then the tables stay for the next run.
 * const sealed = run.seal(1000)
 * sealed.manifest({ batchTime: 1000, sizeBytes: sealed.changes?.length ?? 0 }, [])
 * run.settle(attempt)
 * ```
 */
export class StateStore {
  readonly #gate: Gate
  readonly #policy: SnapshotPolicy
  #warm: WarmState | undefined
  #opened = 0
  /** The latest run whose tables were kept: one that wakes up late does not replace what came after it. */
  #kept = 0

  constructor({ maxParallelReads = 16, snapshots }: StateStoreOptions = {}) {
    this.#gate = new Gate(maxParallelReads)
    this.#policy = { ...DEFAULT_SNAPSHOT_POLICY, ...snapshots }
  }

  /** Begins a run on the state after `base`; `undefined`: on none. Makes no call before a table is asked for. */
  open(base: Base | undefined, objects: StateObjects): StateRun {
    const warm = this.#takeWarm(base)
    const number = ++this.#opened
    const reads = new StateReads(objects, this.#gate)
    return new StateRun({ base, reads, policy: this.#policy, warm, keep: (kept) => this.#keepWarm(number, kept) })
  }

  /** As `open`, for a graph that has changed since `base`: reads whatever the changes are about, and rejects as they do. */
  async openChanged(base: Base, objects: StateObjects, changes: readonly StateChange[]): Promise<StateRun> {
    this.#takeWarm(undefined)
    const number = ++this.#opened
    const reads = new StateReads(objects, this.#gate)
    const { state, tables } = await reshape(base, reads, changes)
    const keep = (kept: WarmState): void => this.#keepWarm(number, kept)
    return new StateRun({
      base: { ...base, state },
      reads,
      policy: this.#policy,
      warm: undefined,
      reshaped: tables,
      keep,
    })
  }

  #takeWarm(base: Base | undefined): WarmState | undefined {
    const warm = this.#warm
    this.#warm = undefined
    return warm && base && isSame(warm.attempt, base.attempt) ? warm : undefined
  }

  #keepWarm(number: number, warm: WarmState): void {
    if (number < this.#kept) return
    this.#kept = number
    this.#warm = warm
  }
}

function isSame(a: Attempt, b: Attempt): boolean {
  return a.incarnation === b.incarnation && a.batchTime === b.batchTime && a.token === b.token && a.number === b.number
}
