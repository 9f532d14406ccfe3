import type { BatchTime } from '../checkpoint/attempt.ts'
import type { ChangelogRef, StateManifest } from '../checkpoint/manifest.ts'
import type { ObjectRef } from '../checkpoint/stored.ts'
import { type ChangeSection, encodeMerged } from './changelog.ts'
import { dueMerge, tierOf } from './due-merge.ts'
import type { SnapshotPolicy } from './snapshot-policy.ts'
import { coveredBy, type HeldTable } from './state-manifest.ts'
import type { StoredTables } from './stored-tables.ts'

export interface MergeInit {
  /** That the batch builds on. */
  readonly changelogs: readonly ChangelogRef[]
  readonly tables: readonly HeldTable[]
  readonly policy: SnapshotPolicy
}

/**
 * Neighbouring changelogs, which a batch writes as one in their place. What snapshots have of them already, and what is void, is
 * left out. A snapshot that is being written is the state as of the batch that began it: changes from before and from after
 * that stay apart, since only the latter are applied to it (`merged-apart`). One that begins in this batch or later has all of
 * what is merged.
 */
export class ChangelogMerge {
  readonly #parts: ReadonlySet<ChangelogRef>
  readonly #last: ChangelogRef
  #sections: readonly ChangeSection[] = []

  constructor(parts: readonly ChangelogRef[], last: ChangelogRef) {
    this.#parts = new Set(parts)
    this.#last = last
  }

  /** The one that is due, if any is. */
  static due({ changelogs, tables, policy }: MergeInit): ChangelogMerge | undefined {
    const apart = tables.flatMap(({ writing }): BatchTime[] => (writing ? [writing.batchTime] : []))
    const parts = dueMerge(changelogs, policy, apart)
    const last = parts?.at(-1)
    return parts && last && new ChangelogMerge(parts, last)
  }

  /** Reads what is merged; to be called once. Rejects as reading state does. */
  async bytes(stored: StoredTables): Promise<Uint8Array> {
    this.#sections = await stored.merged([...this.#parts])
    return encodeMerged(this.#last.batchTime, this.#sections)
  }

  /** The state record with the one in the place of its parts, once it is stored. */
  into(state: StateManifest, object: ObjectRef, stored: StoredTables): StateManifest {
    const { batchTime } = this.#last
    stored.learn(batchTime, this.#sections.map(coveredBy))
    const one = { batchTime, object, sizeBytes: object.sizeBytes, merged: tierOf(this.#last) + 1 }
    const kept = state.changelogs.map((ref) => (ref === this.#last ? one : ref))
    return { ...state, changelogs: kept.filter((ref) => !this.#parts.has(ref)) }
  }
}
