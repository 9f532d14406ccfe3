import type { Attempt, BatchTime } from '../checkpoint/attempt.ts'
import type { ChangelogRef, SnapshotRef, StateManifest } from '../checkpoint/manifest.ts'
import type { SourceMemory } from '../ports/source.ts'
import { assert } from '../util/assert.ts'
import { type ChangeSection, encodeChangelog } from './changelog.ts'
import type { KeyedState, StateTable } from './keyed-state.ts'
import { partitionsChanged } from './partitions-changed.ts'
import { Rows } from './rows.ts'
import { decodeSnapshot, decodeSnapshotHeader, encodeSnapshot } from './snapshot.ts'
import { dueSnapshots, type SnapshotPolicy } from './snapshot-policy.ts'
import { stateCorrupt } from './state-corrupt.ts'
import { advance, type Coverage, type Covered, type HeldTable, restoreCosts } from './state-manifest.ts'
import type { StateReads } from './state-objects.ts'
import { Table } from './table.ts'
import { compareTables, type TableId, tableName } from './table-id.ts'

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
  /** Snapshots due now. One that is not stored after all may be left out of `manifest`: what it replaces then stays. */
  readonly snapshots: readonly SealedSnapshot[]
  /** The commit's state record, once changelog and snapshots are where these say; called once. */
  manifest(changelog: ChangelogRef | undefined, snapshots: readonly SnapshotRef[]): StateManifest
}

export interface SealedSnapshot {
  readonly operator: string
  readonly partition: number
  readonly bytes: Uint8Array
}

export interface StateRunInit {
  readonly base: Base | undefined
  readonly reads: StateReads
  readonly policy: SnapshotPolicy
  /** Of exactly the base's attempt; from here on this run's alone. */
  readonly warm: WarmState | undefined
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
  readonly #reads: StateReads
  readonly #policy: SnapshotPolicy
  readonly #keep: (warm: WarmState) => void
  readonly #tables = new Map<string, Table<unknown, unknown>>()
  readonly #restoring = new Map<string, Promise<Table<unknown, unknown>>>()
  /** Whose changes each changelog holds, as far as this process has seen. */
  readonly #coverage: Map<BatchTime, readonly Covered[]>
  /** Partitions of each operator in the stored state, as far as known. */
  readonly #partitions = new Map<string, number>()
  #phase: 'running' | 'sealed' | 'ended' = 'running'
  #sealed: { readonly tables: readonly HeldTable[]; state?: StateManifest } = { tables: [] }

  constructor({ base, reads, policy, warm, keep }: StateRunInit) {
    this.#base = base
    this.#reads = reads
    this.#policy = policy
    this.#keep = keep
    this.#coverage = new Map(warm?.coverage)
    for (const sections of this.#coverage.values()) this.#note(sections)
    for (const { id, rows } of warm?.tables ?? []) {
      this.#note([id])
      this.#tables.set(tableName(id), new Table(id, rows))
    }
  }

  /**
   * See `KeyedState`. Rejects with code `state-corrupt` (kind `data`) for damaged objects, `partitions-changed` (kind
   * `invalid`) if the operator's state was stored with another number of partitions.
   */
  async table<K, V>(operator: string, partition: number, partitions: number): Promise<StateTable<K, V>> {
    assert(this.#phase === 'running', `state of '${operator}' is asked for after the end of its batch's run`)
    assert(partition >= 0 && partition < partitions, `no partition ${partition} of ${partitions}: ${operator}`)
    const id = { operator, partition, partitions }
    const table = this.#tables.get(tableName(id)) ?? (await this.#restored(id))
    this.#checkPartitions(id)
    return table as StateTable<unknown, unknown> as StateTable<K, V>
  }

  /** What the source of an input stream remembers, a table of its own. */
  async memory(streamUid: string): Promise<SourceMemory> {
    const table = await this.table<string, true>(`source:${streamUid}`, 0, 1)
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
    const sections = tables.map((table) => table.seal(batchTime)).filter((section) => section !== undefined)
    this.#sealed = { tables: tables.map((table) => ({ id: table.id, rows: table.release() })) }
    const changes = sections.length > 0 ? encodeChangelog(batchTime, sections) : undefined
    const state = this.#after(changes && { batchTime, sizeBytes: changes.length })
    if (changes) this.#learn(batchTime, sections.map(coveredBy))
    const snapshots = this.#cutSnapshots(batchTime, state)
    return {
      changes,
      snapshots,
      manifest: (changelog, refs) => {
        assert(changelog?.batchTime === (changes && batchTime), 'a changelog is named exactly if there are changes')
        return this.#manifest(changelog, refs)
      },
    }
  }

  /** After the commit of `attempt`: its tables stay warm for whoever builds on exactly this attempt. */
  settle(attempt: Attempt): void {
    const { tables, state } = this.#sealed
    assert(this.#phase === 'sealed' && state, 'a run is settled without a sealed manifest')
    const retained = state.changelogs.map((ref) => [ref.batchTime, this.#coverage.get(ref.batchTime)] as const)
    const coverage = new Map(retained.flatMap(([time, sections]) => (sections ? [[time, sections] as const] : [])))
    this.#end()
    this.#keep({ attempt, tables, coverage })
  }

  /** Any other end than a commit: nothing of the run stays. Does nothing to a run that was settled. */
  abandon(): void {
    if (this.#phase === 'ended') return
    for (const table of this.#tables.values()) table.end()
    this.#end()
  }

  #end(): void {
    this.#phase = 'ended'
    this.#tables.clear()
    this.#restoring.clear()
    this.#coverage.clear()
    this.#sealed = { tables: [] }
  }

  #restored(id: TableId): Promise<Table<unknown, unknown>> {
    const name = tableName(id)
    const earlier = this.#restoring.get(name)
    if (earlier) return earlier
    const restoring = this.#restore(id).then((rows) => {
      assert(this.#phase === 'running', `a run ended while state of '${id.operator}' was restored`)
      const table = new Table(id, rows)
      this.#tables.set(name, table)
      return table
    })
    this.#restoring.set(name, restoring)
    restoring.catch(() => this.#restoring.delete(name))
    return restoring
  }

  async #restore(id: TableId): Promise<Rows> {
    const { snapshots, changelogs } = this.#base?.state ?? EMPTY
    const snapshot = snapshots.find((ref) => tableName(ref) === tableName(id))
    const since = changelogs.filter((ref) => ref.batchTime > (snapshot?.batchTime ?? Number.NEGATIVE_INFINITY))
    const [rows, ...read] = await Promise.all([
      snapshot ? this.#readSnapshot(snapshot) : this.#lookAtSiblings(id),
      ...since.filter((ref) => this.#mayHold(ref, id)).map((ref) => this.#reads.changelog(ref)),
    ])
    for (const changelog of read) this.#learn(changelog.batchTime, changelog.sections)
    this.#checkPartitions(id)
    for (const changelog of read) changelog.applyTo(rows, id)
    return rows
  }

  async #readSnapshot(ref: SnapshotRef): Promise<Rows> {
    const name = ref.object.key
    const { header, rows } = decodeSnapshot(await this.#reads.snapshot(ref), name)
    this.#reads.forget(ref)
    if (tableName(header) !== tableName(ref) || header.batchTime !== ref.batchTime)
      throw stateCorrupt(
        name,
        `it is of '${header.operator}', partition ${header.partition}, batch ${header.batchTime}`,
      )
    this.#note([header])
    return rows
  }

  /** A partition without a snapshot may be one that did not exist when its operator's others were stored. */
  async #lookAtSiblings({ operator }: TableId): Promise<Rows> {
    const sibling = this.#base?.state.snapshots.find((ref) => ref.operator === operator)
    if (sibling && !this.#partitions.has(operator)) {
      const header = decodeSnapshotHeader(await this.#reads.snapshot(sibling), sibling.object.key)
      this.#note([header])
    }
    return new Rows()
  }

  #mayHold(ref: ChangelogRef, id: TableId): boolean {
    const sections = this.#coverage.get(ref.batchTime)
    return sections === undefined || sections.some((section) => tableName(section) === tableName(id))
  }

  #learn(batchTime: BatchTime, sections: readonly Covered[]): void {
    this.#coverage.set(batchTime, sections)
    this.#note(sections)
  }

  #note(ids: readonly { readonly operator: string; readonly partitions: number }[]): void {
    for (const { operator, partitions } of ids) this.#partitions.set(operator, partitions)
  }

  /** Keys are in other partitions when their number changes; moving them is to be done here, once it can be. */
  #checkPartitions({ operator, partitions }: TableId): void {
    const stored = this.#partitions.get(operator)
    if (stored !== undefined && stored !== partitions) throw partitionsChanged(operator, stored, partitions)
  }

  #cutSnapshots(batchTime: BatchTime, state: StateManifest): readonly SealedSnapshot[] {
    const costs = restoreCosts(this.#sealed.tables, state, this.#coverage)
    return dueSnapshots(costs, this.#policy).map(({ table: { id, rows } }) => ({
      operator: id.operator,
      partition: id.partition,
      bytes: encodeSnapshot({ ...id, batchTime }, rows),
    }))
  }

  #manifest(changelog: ChangelogRef | undefined, snapshots: readonly SnapshotRef[]): StateManifest {
    assert(this.#phase === 'sealed', 'the state record is asked for after the end of the run')
    const state = advance(this.#after(changelog), snapshots, this.#coverage)
    this.#sealed = { ...this.#sealed, state }
    return state
  }

  #after(changelog: ChangelogRef | undefined): StateManifest {
    const { snapshots, changelogs } = this.#base?.state ?? EMPTY
    return { snapshots, changelogs: changelog ? [...changelogs, changelog] : changelogs }
  }
}

const EMPTY: StateManifest = { snapshots: [], changelogs: [] }

/** Without the bytes, which nothing needs once they are stored. */
function coveredBy({ operator, partition, partitions, bytes }: ChangeSection): Covered {
  return { operator, partition, partitions, sizeBytes: bytes.length }
}
