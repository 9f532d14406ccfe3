import type { Attempt, BatchTime } from '../checkpoint/attempt.ts'
import type { ChangelogRef, SnapshotRef, StateManifest } from '../checkpoint/manifest.ts'
import type { ObjectRef } from '../checkpoint/stored.ts'
import type { SourceMemory } from '../ports/source.ts'
import { assert } from '../util/assert.ts'
import { Changelog, encodeChangelog } from './changelog.ts'
import { ChangelogMerge } from './changelog-merge.ts'
import type { KeyedState, StateTable, TableToWalk, WalkedTable } from './keyed-state.ts'
import { type SealedSnapshot, SnapshotCuts } from './snapshot-cuts.ts'
import { isOrdered } from './snapshot-index.ts'
import type { SnapshotPolicy } from './snapshot-policy.ts'
import type { SpreadSnapshot } from './spread-snapshot.ts'
import { advance, type Coverage, coveredBy, type HeldTable, worthKeeping } from './state-manifest.ts'
import type { StateReads } from './state-objects.ts'
import { type RestoredTable, StoredTables } from './stored-tables.ts'
import { StreamedTable } from './streamed-table.ts'
import { Table } from './table.ts'
import { compareTables, sourceOperator, type TableId, tableName } from './table-id.ts'

/** The committed batch that a run builds on. */
export interface Base {
  readonly attempt: Attempt
  readonly state: StateManifest
}

/** What a process remembers of the batch it committed last: the state after `attempt`, and no other. */
export interface WarmState {
  readonly attempt: Attempt
  readonly tables: readonly HeldTable[]
  readonly coverage: Coverage
}

/** What a run leaves to be made durable before its commit. */
export interface SealedState {
  /** The batch's changelog; `undefined` when nothing changed. */
  readonly changes: Uint8Array | undefined
  /**
   * Snapshots due now, or pieces of them: of a partition one at most. One that is not stored after all may be left out of
   * `manifest`: what it replaces then stays; but not by a run with tables made anew, whose only form they are.
   */
  readonly snapshots: readonly SealedSnapshot[]
  /** Earlier changelogs that are due to be written as one. If that is not stored after all, they stay as they are. */
  readonly merge: SealedMerge | undefined
  /** The commit's state record, once changelog, snapshots and what was merged are where these say; called once. */
  manifest(changelog: ChangelogRef | undefined, snapshots: readonly SnapshotRef[], merged?: ObjectRef): StateManifest
}

/** One changelog that takes the place of several. */
export interface SealedMerge {
  /** Its bytes, made of what is read of the others; to be called once, before `settle`. */
  bytes(): Promise<Uint8Array>
}

export interface StateRunInit {
  readonly base: Base | undefined
  readonly reads: StateReads
  readonly policy: SnapshotPolicy
  /** Of exactly the base's attempt; from here on this run's alone. */
  readonly warm: WarmState | undefined
  /** Tables made anew from stored ones, which the base does not have any more (`reshape`): written whole by this run. */
  readonly reshaped?: readonly HeldTable[]
  /** Takes the tables of a run that was committed. */
  readonly keep: (warm: WarmState) => void
}

/**
 * The state of one batch's run: opened by a `StateStore`, read and changed through tables, sealed once, then settled by the
 * commit or abandoned. Tables are restored when they are asked for, each from its own snapshot and the changelogs since.
 * After `seal` or `abandon` the tables handed out refuse to work.
 */
export class StateRun implements KeyedState {
  readonly #base: Base | undefined
  readonly #stored: StoredTables
  readonly #policy: SnapshotPolicy
  readonly #keep: (warm: WarmState) => void
  readonly #tables = new Map<string, Table<unknown, unknown>>()
  /** What is streamed of them. */
  readonly #streamed = new Map<string, StreamedTable<unknown, unknown>>()
  /** The tables that an operator walks over. */
  readonly #walked = new Set<string>()
  /** The tables that were held before, and the snapshots of them that have been begun. */
  readonly #warm = new Map<string, SpreadSnapshot | undefined>()
  readonly #restoring = new Map<string, Promise<Table<unknown, unknown>>>()
  readonly #reshaped: ReadonlySet<string>
  #phase: 'running' | 'sealed' | 'ended' = 'running'
  #sealed: Sealed = { tables: [] }

  constructor({ base, reads, policy, warm, keep, reshaped = [] }: StateRunInit) {
    this.#base = base
    this.#policy = policy
    this.#keep = keep
    const known = { coverage: new Map(warm?.coverage), policy }
    this.#stored = new StoredTables(base?.state ?? EMPTY, reads, known)
    this.#reshaped = new Set(reshaped.map(({ id }) => tableName(id)))
    for (const { id, writing } of warm?.tables ?? []) this.#warm.set(tableName(id), writing)
    for (const { id, rows, cold, walked } of [...(warm?.tables ?? []), ...reshaped]) {
      if (walked) this.#walked.add(tableName(id))
      this.#stored.note([id])
      this.#tables.set(tableName(id), new Table(id, rows, cold && this.#stored.warm(cold)))
    }
  }

  /**
   * See `KeyedState`. Rejects with code `state-corrupt` (kind `data`) for damaged objects, `partitions-changed` (kind
   * `invalid`) if the operator's state was stored with another number of partitions.
   */
  async table<K, V>(operator: string, partition: number, partitions: number): Promise<StateTable<K, V>> {
    const id = { operator, partition, partitions }
    const table = this.#held(id)
    // Of a table kept warm in part, the rest is wanted now.
    if (table?.cold) this.#giveUp(table)
    return typed(await this.#checked(id, () => this.#stored.whole(id)))
  }

  /** See `KeyedState`. Rejects as `table` does. */
  async tableOfKeys<K, V>(operator: string, partition: number, partitions: number): Promise<StateTable<K, V>> {
    const id = { operator, partition, partitions }
    const table = this.#held(id)
    // What is streamed has no keys to be found by.
    if (table?.cold && isOrdered(table.cold.snapshot.index)) this.#giveUp(table)
    return typed(await this.#checked(id, () => this.#stored.some(id)))
  }

  /** See `KeyedState`. Rejects as `table` does. */
  async tableToWalk<K, V>(operator: string, partition: number, partitions: number): Promise<TableToWalk<K, V>> {
    const id = { operator, partition, partitions }
    const held = this.#held(id)
    if (held?.cold && !isOrdered(held.cold.snapshot.index)) this.#giveUp(held)
    this.#walked.add(tableName(id))
    const table = await this.#checked(id, () => this.#stored.toWalk(id))
    if (table.cold === undefined) return { kind: 'held', table: typed(table) }
    const streamed = this.#streamed.get(tableName(id)) ?? new StreamedTable(id, table.cold)
    this.#streamed.set(tableName(id), streamed)
    return { kind: 'streamed', table: streamed as WalkedTable<unknown, unknown> as WalkedTable<K, V> }
  }

  /** The tables that the base has stored, by operator and partition. */
  async stored(): Promise<readonly TableId[]> {
    return this.#stored.list(() => true)
  }

  /** What the source of an input stream remembers, a table of its own. */
  async memory(streamUid: string): Promise<SourceMemory> {
    const table = await this.table<string, true>(sourceOperator(streamUid), 0, 1)
    return {
      has: (key) => table.has(key),
      add: (key) => table.set(key, true),
      get size() {
        return table.size
      },
    }
  }

  /** Ends the run's changes. Throws code `not-encodable` for a value that cannot be stored; then only `abandon` is left. */
  seal(batchTime: BatchTime): SealedState {
    assert(this.#phase === 'running', 'a run is sealed twice')
    this.#phase = 'sealed'
    const tables = [...this.#tables.values()].sort((a, b) => compareTables(a.id, b.id))
    const sealed = tables.map((table) => this.#streamed.get(tableName(table.id))?.seal() ?? table.seal(batchTime))
    const sections = sealed.filter((section) => section !== undefined)
    const changes = sections.length > 0 ? encodeChangelog(batchTime, sections) : undefined
    this.#sealed = { tables: tables.map((table) => this.#released(table)), ...(changes ? { changes } : {}) }
    const state = this.#after(changes && { batchTime, sizeBytes: changes.length })
    if (changes) this.#stored.learn(batchTime, sections.map(coveredBy))
    const cuts = this.#cutSnapshots(batchTime, state)
    const merge = this.#dueMerge()
    return {
      changes,
      snapshots: cuts.snapshots,
      merge: merge && { bytes: () => merge.bytes(this.#stored) },
      manifest: (changelog, refs, object) => {
        assert(changelog?.batchTime === (changes && batchTime), 'a changelog is named exactly if there are changes')
        const after = this.#after(changelog)
        return this.#manifest(merge && object ? merge.into(after, object, this.#stored) : after, cuts, refs)
      },
    }
  }

  /** After the commit of `attempt`: its tables stay warm for whoever builds on exactly this attempt. */
  settle(attempt: Attempt): void {
    const { tables, changes, state } = this.#sealed
    assert(this.#phase === 'sealed' && state, 'a run is settled without a sealed manifest')
    const { coverage: known } = this.#stored
    const retained = state.changelogs.map((ref) => [ref.batchTime, known.get(ref.batchTime)] as const)
    const coverage = new Map(retained.flatMap(([time, sections]) => (sections ? [[time, sections] as const] : [])))
    const after = { batchTime: attempt.batchTime, policy: this.#policy }
    const kept = worthKeeping(tables, state, after)
    const changelog = changes && new Changelog(changes, 'the changes of the batch')
    for (const { id, cold, streamed } of kept) if (changelog && streamed) cold?.apply(changelog, id)
    this.#end()
    this.#keep({ attempt, tables: kept.map(({ streamed: _, ...table }) => table), coverage })
  }

  /** Any other end than a commit: nothing of the run stays. Does nothing to a run that was settled. */
  abandon(): void {
    if (this.#phase === 'ended') return
    for (const table of [...this.#tables.values(), ...this.#streamed.values()]) table.end()
    this.#end()
  }

  #end(): void {
    this.#phase = 'ended'
    this.#tables.clear()
    this.#streamed.clear()
    this.#restoring.clear()
    this.#sealed = { tables: [] }
  }

  #held(id: TableId): Table<unknown, unknown> | undefined {
    const { operator, partition, partitions } = id
    assert(this.#phase === 'running', `state of '${operator}' is asked for after the end of its batch's run`)
    assert(partition >= 0 && partition < partitions, `no partition ${partition} of ${partitions}: ${operator}`)
    return this.#tables.get(tableName(id))
  }

  #giveUp(table: Table<unknown, unknown>): void {
    const { id } = table
    const streamed = this.#streamed.get(tableName(id))
    assert(
      table.isUntouched && streamed?.isUntouched !== false,
      `state of '${id.operator}' is wanted whole after some of it was changed`,
    )
    table.end()
    streamed?.end()
    this.#tables.delete(tableName(id))
    this.#streamed.delete(tableName(id))
    this.#warm.delete(tableName(id))
    this.#restoring.delete(tableName(id))
  }

  async #checked(id: TableId, restore: () => Promise<RestoredTable>): Promise<Table<unknown, unknown>> {
    const table = this.#held(id) ?? (await this.#restored(id, restore))
    this.#stored.checkPartitions(id)
    return table
  }

  #restored(id: TableId, restore: () => Promise<RestoredTable>): Promise<Table<unknown, unknown>> {
    const name = tableName(id)
    const earlier = this.#restoring.get(name)
    if (earlier) return earlier
    const restoring = restore().then(({ rows, cold }) => {
      assert(this.#phase === 'running', `a run ended while state of '${id.operator}' was restored`)
      const table = new Table(id, rows, cold)
      this.#tables.set(name, table)
      return table
    })
    this.#restoring.set(name, restoring)
    restoring.catch(() => this.#restoring.delete(name))
    return restoring
  }

  /** Nobody but this run has the table from here on. */
  #released(table: Table<unknown, unknown>): HeldTable {
    const { id, cold } = table
    const name = tableName(id)
    const [streamed, writing] = [this.#streamed.get(name), this.#warm.get(name)]
    return {
      id,
      rows: table.release(),
      walked: this.#walked.has(name),
      isWarm: this.#warm.has(name),
      ...(writing ? { writing } : {}),
      ...(cold ? { cold: cold.entries } : {}),
      ...(streamed ? { streamed: streamed.release() } : {}),
    }
  }

  #cutSnapshots(batchTime: BatchTime, state: StateManifest): SnapshotCuts {
    const { tables, changes } = this.#sealed
    const [stored, policy, whole] = [this.#stored, this.#policy, this.#reshaped]
    return new SnapshotCuts({ tables, state, stored, batchTime, changedBytes: changes?.length ?? 0, policy, whole })
  }

  #dueMerge(): ChangelogMerge | undefined {
    const { changelogs } = this.#base?.state ?? EMPTY
    return ChangelogMerge.due({ changelogs, tables: this.#sealed.tables, policy: this.#policy })
  }

  #manifest(changed: StateManifest, cuts: SnapshotCuts, refs: readonly SnapshotRef[]): StateManifest {
    assert(this.#phase === 'sealed', 'the state record is asked for after the end of the run')
    const { snapshots, unfinished } = cuts.stored(refs)
    const after = advance(changed, snapshots, this.#stored.coverage)
    const state = unfinished.length > 0 ? { ...after, unfinished } : after
    const tables = this.#sealed.tables.map(({ writing: _, ...table }) => withWriting(table, cuts))
    this.#sealed = { ...this.#sealed, tables, state }
    return state
  }

  /** What others have begun to write is given up. */
  #after(changelog: ChangelogRef | undefined): StateManifest {
    const { unfinished: _, ...state } = this.#base?.state ?? EMPTY
    return changelog ? { ...state, changelogs: [...state.changelogs, changelog] } : state
  }
}

interface Sealed {
  readonly tables: readonly HeldTable[]
  readonly changes?: Uint8Array
  readonly state?: StateManifest
}

const EMPTY: StateManifest = { snapshots: [], changelogs: [] }

function withWriting(table: HeldTable, cuts: SnapshotCuts): HeldTable {
  const writing = cuts.writing(table.id)
  return writing ? { ...table, writing } : table
}

function typed<K, V>(table: Table<unknown, unknown>): StateTable<K, V> {
  return table as StateTable<unknown, unknown> as StateTable<K, V>
}
