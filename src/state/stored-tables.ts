import type { BatchTime } from '../checkpoint/attempt.ts'
import type { ChangelogRef, SnapshotRef, StateManifest } from '../checkpoint/manifest.ts'
import { allDone } from '../util/all-done.ts'
import { ownValue } from '../util/own-value.ts'
import type { Changelog, ChangeSection } from './changelog.ts'
import { ColdEntries } from './cold-entries.ts'
import { isLarge, isStreamed } from './held-memory.ts'
import { mergedChanges } from './merged-changes.ts'
import { partitionsChanged } from './partitions-changed.ts'
import { Rows } from './rows.ts'
import { isOrdered } from './snapshot-index.ts'
import { snapshotSizeBytes } from './snapshot-pieces.ts'
import type { SnapshotPolicy } from './snapshot-policy.ts'
import { stateCorrupt } from './state-corrupt.ts'
import { type Covered, snapshotsByTable } from './state-manifest.ts'
import type { StateReads } from './state-objects.ts'
import type { StoredBytes } from './stored-parts.ts'
import { StoredSnapshot } from './stored-snapshot.ts'
import type { ColdTable } from './table.ts'
import { compareTables, type TableId, tableName } from './table-id.ts'

export interface RestoredTable {
  readonly rows: Rows
  /** Where not all of the table is in `rows`. */
  readonly cold?: ColdTable
}

/** The tables of a committed state, each brought back from its own snapshot and the changelogs since. */
export class StoredTables {
  readonly #state: StateManifest
  readonly #reads: StateReads
  readonly #policy: SnapshotPolicy
  /** Whose changes each changelog holds, as far as this process has seen. */
  readonly coverage: Map<BatchTime, readonly Covered[]>
  /** Partitions of each operator in the stored state, as far as known. */
  readonly #partitions = new Map<string, number>()
  /** Every table asks for its snapshot and looks at every changelog: there may be thousands of each. */
  readonly #snapshots: ReadonlyMap<string, SnapshotRef>
  readonly #names = new WeakMap<readonly Covered[], ReadonlySet<string>>()
  readonly #learned = new WeakSet<Changelog>()

  constructor(
    state: StateManifest,
    reads: StateReads,
    known: { readonly coverage: Map<BatchTime, readonly Covered[]>; readonly policy: SnapshotPolicy },
  ) {
    this.#state = state
    this.#reads = reads
    this.#policy = known.policy
    this.coverage = known.coverage
    this.#snapshots = snapshotsByTable(state)
    for (const [batchTime, sections] of known.coverage) this.learn(batchTime, sections)
  }

  /** Takes note of whose changes a batch's changelog holds. */
  learn(batchTime: BatchTime, sections: readonly Covered[]): void {
    const valid = sections.filter(({ operator }) => batchTime > this.#voidUntil(operator))
    this.coverage.set(batchTime, valid)
    this.note(valid)
  }

  note(ids: readonly { readonly operator: string; readonly partitions: number }[]): void {
    for (const { operator, partitions } of ids) this.#partitions.set(operator, partitions)
  }

  /** Keys are in other partitions when their number changes: who says what the graph was has them moved before (`reshape`). */
  checkPartitions({ operator, partitions }: TableId): void {
    const stored = this.#partitions.get(operator)
    if (stored !== undefined && stored !== partitions) throw partitionsChanged(operator, stored, partitions)
  }

  /** What is stored of some operators, by operator and partition; `isWanted` is asked for their tables' names. */
  async list(isWanted: (operator: string) => boolean): Promise<readonly TableId[]> {
    const { snapshots, changelogs } = this.#state
    const wanted = snapshots.filter(({ operator }) => isWanted(operator))
    const [opened, read] = await Promise.all([
      Promise.all(wanted.map((ref) => this.#open(ref))),
      Promise.all(changelogs.map((ref) => this.#reads.changelog(ref))),
    ])
    for (const changelog of read) this.#learnFrom(changelog)
    const changed = [...this.coverage.values()].flat().filter(({ operator }) => isWanted(operator))
    const ids = [...opened.map(({ index }) => index), ...changed].map(idOf)
    return [...new Map(ids.map((id) => [tableName(id), id])).values()].sort(compareTables)
  }

  /** The whole table. */
  async whole(id: TableId): Promise<RestoredTable> {
    const snapshot = this.#snapshotOf(id)
    const [rows, changelogs] = await Promise.all([
      snapshot ? this.#open(snapshot).then((stored) => stored.rows()) : this.#lookAtSiblings(id),
      this.#changelogsSince(id),
    ])
    this.checkPartitions(id)
    for (const changelog of changelogs) changelog.applyTo(rows, id)
    return { rows }
  }

  /** A table of which only some keys are wanted: of a large one, just what has changed since its snapshot. */
  async some(id: TableId): Promise<RestoredTable> {
    const ref = this.#snapshotOf(id)
    const snapshot = ref && (await this.#open(ref))
    return snapshot && this.#isSearched(snapshot, ref) ? this.#changedOnly(id, ref, snapshot) : this.whole(id)
  }

  /** A table that is walked over: of one that is to be streamed, just what has changed since its snapshot. */
  async toWalk(id: TableId): Promise<RestoredTable> {
    const ref = this.#snapshotOf(id)
    const [snapshot] = await Promise.all([ref && this.#open(ref), this.#changelogsSince(id)])
    return ref && snapshot && this.#isToStream(snapshot, ref) ? this.#changedOnly(id, ref, snapshot) : this.whole(id)
  }

  async #changedOnly(id: TableId, ref: SnapshotRef, snapshot: StoredSnapshot): Promise<RestoredTable> {
    this.checkPartitions(id)
    const entries = new ColdEntries(ref, snapshot.index)
    const changelogs = await this.#changelogsSince(id)
    entries.rows.reserve(changelogs.reduce((sum, changelog) => sum + changelog.putsOf(id), 0))
    for (const changelog of changelogs) entries.apply(changelog, id)
    return { rows: entries.rows, cold: { entries, snapshot } }
  }

  /** What changelogs change together, but for what snapshots have already, and what is void. */
  async merged(refs: readonly ChangelogRef[]): Promise<readonly ChangeSection[]> {
    const parts = await allDone(refs.map((ref) => this.#reads.changelog(ref)))
    return mergedChanges(parts, (table, batchTime) => batchTime > this.#since(table))
  }

  /** What a process has kept of a table, to be read on from by this run. */
  warm(entries: ColdEntries): ColdTable {
    return { entries, snapshot: new StoredSnapshot(entries.index, this.bytesOf(entries)) }
  }

  /** What is read of it. */
  bytesOf({ ref }: ColdEntries): StoredBytes {
    return this.#reads.snapshotBytes(ref)
  }

  /** Snapshots of before tables kept times, and mostly gaps, are read whole. */
  #isSearched({ index, filterBytes }: StoredSnapshot, ref: SnapshotRef): boolean {
    const { entries, places, timed } = index
    const large = isLarge({ entries, bytes: snapshotSizeBytes(ref) }, this.#policy)
    return large && filterBytes > 0 && timed && places <= 2 * entries
  }

  #isToStream({ index }: StoredSnapshot, ref: SnapshotRef): boolean {
    const extent = { entries: index.entries, bytes: snapshotSizeBytes(ref) }
    return isOrdered(index) && !index.timed && isStreamed(extent, index, this.#policy)
  }

  #snapshotOf(id: TableId): SnapshotRef | undefined {
    return this.#snapshots.get(tableName(id))
  }

  async #changelogsSince(id: TableId): Promise<readonly Changelog[]> {
    const since = this.#since(id)
    const wanted = this.#state.changelogs.filter((ref) => ref.batchTime > since && this.#mayHold(ref, id))
    const changelogs = await Promise.all(wanted.map((ref) => this.#reads.changelog(ref)))
    for (const changelog of changelogs) this.#learnFrom(changelog)
    this.checkPartitions(id)
    return changelogs
  }

  #learnFrom(changelog: Changelog): void {
    if (this.#learned.has(changelog)) return
    this.#learned.add(changelog)
    this.learn(changelog.batchTime, changelog.sections)
  }

  /** The last batch whose changes of the table are in its snapshot, or count for nothing. */
  #since(id: TableId): number {
    return Math.max(this.#snapshotOf(id)?.batchTime ?? Number.NEGATIVE_INFINITY, this.#voidUntil(id.operator))
  }

  async #open(ref: SnapshotRef): Promise<StoredSnapshot> {
    const snapshot = await this.#reads.snapshot(ref)
    const { operator, partition, batchTime } = snapshot.index
    if (tableName(snapshot.index) !== tableName(ref) || batchTime !== ref.batchTime)
      throw stateCorrupt(ref.object.key, `it is of '${operator}', partition ${partition}, batch ${batchTime}`)
    this.note([snapshot.index])
    return snapshot
  }

  /** A partition without a snapshot may be one that did not exist when its operator's others were stored. */
  async #lookAtSiblings({ operator }: TableId): Promise<Rows> {
    const sibling = this.#state.snapshots.find((ref) => ref.operator === operator)
    if (sibling && !this.#partitions.has(operator)) await this.#open(sibling)
    return new Rows()
  }

  #mayHold(ref: ChangelogRef, id: TableId): boolean {
    const sections = this.coverage.get(ref.batchTime)
    return sections === undefined || this.#namesIn(sections).has(tableName(id))
  }

  #namesIn(sections: readonly Covered[]): ReadonlySet<string> {
    const names = this.#names.get(sections) ?? new Set(sections.map(tableName))
    this.#names.set(sections, names)
    return names
  }

  #voidUntil(operator: string): number {
    return ownValue(this.#state.voidUntil, operator) ?? Number.NEGATIVE_INFINITY
  }
}

function idOf({ operator, partition, partitions }: TableId): TableId {
  return { operator, partition, partitions }
}
