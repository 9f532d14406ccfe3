import type { BatchTime } from '../checkpoint/attempt.ts'
import type { SnapshotRef, StateManifest, UnfinishedSnapshot } from '../checkpoint/manifest.ts'
import { isLarge } from './held-memory.ts'
import { mergedParts } from './merged-snapshot.ts'
import { orderedParts } from './ordered-parts.ts'
import { walkCold, walkRows } from './ordered-walk.ts'
import { isOrdered, type SnapshotHeader } from './snapshot-index.ts'
import { type Entries, snapshotParts } from './snapshot-parts.ts'
import { dueSnapshots, type SnapshotPolicy } from './snapshot-policy.ts'
import { ReboundBytes, SpreadSnapshot } from './spread-snapshot.ts'
import { becomesStreamed, type HeldTable, restoreCosts } from './state-manifest.ts'
import { StoredSnapshot } from './stored-snapshot.ts'
import type { StoredTables } from './stored-tables.ts'
import { type TablePlace, tableName } from './table-id.ts'

/** What one batch writes of one partition: a snapshot, or a piece of one. */
export interface SealedSnapshot extends TablePlace {
  /** Its bytes, made as they are taken; to be called once, before `settle`. */
  parts(): AsyncIterable<Uint8Array>
}

export interface CutsInit {
  readonly tables: readonly HeldTable[]
  /** With the changes of the batch. */
  readonly state: StateManifest
  readonly stored: StoredTables
  readonly batchTime: BatchTime
  readonly changedBytes: number
  readonly policy: SnapshotPolicy
  /** By name: tables that are written whole, whatever it takes. */
  readonly whole: ReadonlySet<string>
}

/** The snapshots that one batch cuts, and those that it writes on. */
export class SnapshotCuts {
  readonly snapshots: readonly SealedSnapshot[]
  readonly #init: CutsInit
  /** By table: those that are not all written yet. */
  readonly #writing = new Map<string, SpreadSnapshot>()
  readonly #pieces = new Map<string, SpreadSnapshot>()

  constructor(init: CutsInit) {
    const { tables, state, stored, changedBytes, policy, whole } = init
    this.#init = init
    for (const { id, writing } of tables) if (writing) this.#writing.set(tableName(id), writing)
    const costs = restoreCosts(tables, state, { coverage: stored.coverage, policy })
    const due = new Map(dueSnapshots(costs, policy, changedBytes).map((cut) => [cut.partition, cut.sizeBytes]))
    this.snapshots = costs.flatMap((cost) => {
      const sizeBytes = whole.has(tableName(cost.table.id)) ? Number.POSITIVE_INFINITY : due.get(cost)
      return sizeBytes === undefined ? [] : this.#cut(cost.table, sizeBytes)
    })
  }

  /** What has come to be of them where these are stored; what is not among them was lost. */
  stored(refs: readonly SnapshotRef[]): {
    readonly snapshots: readonly SnapshotRef[]
    readonly unfinished: readonly UnfinishedSnapshot[]
  } {
    const byName = new Map(refs.map((ref) => [tableName(ref), ref]))
    for (const [name, spread] of this.#pieces) {
      const piece = byName.get(name)
      if (piece) spread.store(piece.object)
      if (!piece || spread.isWhole) this.#writing.delete(name)
    }
    const snapshots = refs.map((ref) => this.#finished(ref)).filter((ref) => ref !== undefined)
    return { snapshots, unfinished: this.#unfinished() }
  }

  /** The table's next snapshot, if it was begun and is not all written. */
  writing(table: TablePlace): SpreadSnapshot | undefined {
    return this.#writing.get(tableName(table))
  }

  #finished(ref: SnapshotRef): SnapshotRef | undefined {
    const spread = this.#pieces.get(tableName(ref))
    if (spread === undefined) return ref
    if (!spread.isWhole) return undefined
    const earlier = spread.pieces.slice(0, -1)
    return { ...ref, batchTime: spread.batchTime, ...(earlier.length > 0 ? { earlier } : {}) }
  }

  #unfinished(): readonly UnfinishedSnapshot[] {
    return this.#init.tables.flatMap(({ id }) => {
      const spread = this.writing(id)
      return spread ? [{ ...placeOf(id), batchTime: spread.batchTime, pieces: spread.pieces }] : []
    })
  }

  /** Nothing, where a snapshot is only begun: taking note of what there is takes as long as writing a piece. */
  #cut(table: HeldTable, sizeBytes: number): SealedSnapshot[] {
    const { writing, id, cold } = table
    const name = tableName(id)
    if (becomesStreamed(table, this.#init.policy) || (!writing && sizeBytes === Number.POSITIVE_INFINITY)) {
      this.#writing.delete(name)
      return [{ ...placeOf(id), parts: () => this.#wholeParts(table) }]
    }
    if (!writing) {
      this.#writing.set(name, this.#begun(table))
      return []
    }
    if (cold) writing.readFrom(this.#init.stored.bytesOf(cold))
    this.#pieces.set(name, writing)
    return [{ ...placeOf(id), parts: () => writing.piece(sizeBytes) }]
  }

  #wholeParts(table: HeldTable): AsyncIterable<Uint8Array> {
    const { rows, cold, streamed } = table
    const { stored, policy } = this.#init
    const header = this.#header(table)
    if (becomesStreamed(table, policy)) return orderedParts(header, walkRows(rows))
    if (cold === undefined) return this.#searchableParts(header, rows)
    if (isOrdered(cold.index)) return orderedParts(header, streamed?.walk() ?? walkCold(stored.warm(cold)))
    return mergedParts(header, cold.standing(), stored.warm(cold).snapshot)
  }

  /** A snapshot of the table as it is now, however it changes until all of it is written. */
  #begun(table: HeldTable): SpreadSnapshot {
    const { rows, cold } = table
    const { batchTime, stored } = this.#init
    const header = this.#header(table)
    if (cold === undefined) return new SpreadSnapshot(batchTime, this.#searchableParts(header, rows.standing()))
    const source = new ReboundBytes(stored.bytesOf(cold))
    const last = new StoredSnapshot(cold.index, source)
    return new SpreadSnapshot(batchTime, mergedParts(header, cold.standing(), last), source)
  }

  #searchableParts(header: SnapshotHeader, entries: Entries): AsyncIterable<Uint8Array> {
    const { size, written } = entries
    return eachOf(
      snapshotParts(header, entries, isLarge({ entries: size, bytes: written.of(size) }, this.#init.policy)),
    )
  }

  #header({ id }: HeldTable): SnapshotHeader {
    return { ...id, batchTime: this.#init.batchTime }
  }
}

function placeOf({ operator, partition }: TablePlace): TablePlace {
  return { operator, partition }
}

async function* eachOf(parts: Iterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  yield* parts
}
