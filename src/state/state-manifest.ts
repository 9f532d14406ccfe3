import type { BatchTime } from '../checkpoint/attempt.ts'
import type { ChangelogRef, SnapshotRef, StateManifest } from '../checkpoint/manifest.ts'
import type { ChangeSection } from './changelog.ts'
import type { ColdEntries } from './cold-entries.ts'
import { changesShare, type Extent, heldShare, isStreamed } from './held-memory.ts'
import type { Walk } from './ordered-walk.ts'
import type { Rows } from './rows.ts'
import { isOrdered } from './snapshot-index.ts'
import { snapshotSizeBytes } from './snapshot-pieces.ts'
import type { RestoreCost, SnapshotPolicy } from './snapshot-policy.ts'
import type { SpreadSnapshot } from './spread-snapshot.ts'
import { compareTables, type TableId, tableName } from './table-id.ts'

/** What a changelog holds of one partition, for deciding how long it is needed. */
export interface Covered extends TableId {
  readonly sizeBytes: number
}

/** Without the bytes, which nothing needs once they are stored. */
export function coveredBy({ operator, partition, partitions, bytes }: ChangeSection): Covered {
  return { operator, partition, partitions, sizeBytes: bytes.length }
}

/** By batch: whose changes its changelog holds. Changelogs that this process has never read are not in it. */
export type Coverage = ReadonlyMap<BatchTime, readonly Covered[]>

export interface HeldTable {
  readonly id: TableId
  readonly rows: Rows
  /** Where not all of the table is in `rows`. */
  readonly cold?: ColdEntries
  /** Whether its operator walks over all of it. */
  readonly walked?: boolean
  /** What a table that was streamed has come to. */
  readonly streamed?: StreamedEntries
  /** Whether its process has held it for more than this batch. */
  readonly isWarm?: boolean
  /** Its next snapshot, if that has been begun. */
  readonly writing?: SpreadSnapshot
}

export interface StreamedEntries {
  /** How many entries the run changed. */
  readonly changed: number
  walk(): Walk
}

export interface TableCost extends RestoreCost {
  readonly table: HeldTable
}

/** What restoring each table would take, from snapshots and changelogs of `state`. */
export function restoreCosts(
  tables: readonly HeldTable[],
  state: StateManifest,
  { coverage, policy }: { readonly coverage: Coverage; readonly policy: SnapshotPolicy },
): TableCost[] {
  const since = snapshotTimes(state.snapshots)
  const changes = new Map<string, { bytes: number; first: number }>()
  state.changelogs.forEach(({ batchTime }, i) => {
    for (const section of coverage.get(batchTime) ?? []) {
      const name = tableName(section)
      if (batchTime <= (since.get(name) ?? Number.NEGATIVE_INFINITY)) continue
      const sum = changes.get(name)
      if (sum) sum.bytes += section.sizeBytes
      else changes.set(name, { bytes: section.sizeBytes, first: i })
    }
  })
  return tables.map((table) => {
    const { bytes, first } = changes.get(tableName(table.id)) ?? { bytes: 0, first: state.changelogs.length }
    const changelogs = state.changelogs.length - first
    const due = { changeBytes: bytes, changelogs, crowding: crowding(table, bytes, policy) }
    return { table, ...sizeOf(table), ...due, ...spreading(table) }
  })
}

/**
 * Processes that end after a batch would begin snapshots and never end them. Ordered ones are read whole by each batch: writing
 * them whole is no more.
 */
function spreading(table: HeldTable): Pick<RestoreCost, 'spread' | 'leftBytes'> {
  const { cold, writing, isWarm } = table
  if (cold && isOrdered(cold.index)) return { spread: 'never' }
  if (!writing) return { spread: isWarm ? 'now' : 'later' }
  return { spread: 'now', leftBytes: Math.max(0, sizeOf(table).stateBytes - writing.writtenBytes) }
}

/**
 * Who begins with nothing in memory takes all changes since the snapshot into it. Walked tables without times also get smaller in
 * memory by being written: they are streamed then.
 */
function crowding(table: HeldTable, changeBytes: number, policy: SnapshotPolicy): number {
  const { id, rows, cold, walked, streamed } = table
  if (!walked || rows.timed) return changeBytes / (policy.heldBytes / id.partitions)
  const changed = rows.slots + (streamed?.changed ?? 0)
  return cold
    ? changesShare({ entries: changed, bytes: changeBytes }, id, policy)
    : heldShare(extentOf(table), id, policy)
}

/** Whether a table that is in memory whole is written in first-seen order, to be streamed from then on. */
export function becomesStreamed(table: HeldTable, policy: SnapshotPolicy): boolean {
  const { id, rows, walked = false, cold } = table
  return walked && cold === undefined && !rows.timed && isStreamed(extentOf(table), id, policy)
}

function extentOf({ rows }: HeldTable): Extent {
  return { entries: rows.size, bytes: rows.sizeBytes }
}

function sizeOf({ rows, cold }: HeldTable): Pick<RestoreCost, 'stateBytes' | 'growth'> {
  if (cold === undefined) return { stateBytes: rows.sizeBytes, growth: rows.size / rows.written.snapshotEntries }
  const { entries } = cold.index
  return { stateBytes: snapshotSizeBytes(cold.ref), growth: (entries + rows.size) / entries }
}

/** Of a table that is not all in memory: with more entries, or with more in them as they are stored, it is let go of after the batch. */
const KEPT_ENTRIES = 1_000_000
const KEPT_BYTES = 64 * 1024 * 1024

interface AfterBatch {
  readonly batchTime: BatchTime
  readonly policy: SnapshotPolicy
}

/** The tables that are kept warm after a batch. */
export function worthKeeping(tables: readonly HeldTable[], state: StateManifest, after: AfterBatch): HeldTable[] {
  const last = snapshotsByTable(state)
  return tables.filter((table) => isWorthKeeping(table, last.get(tableName(table.id)), after))
}

/**
 * In part only while its snapshot is the last one, and it has not grown too large (a while longer if the next snapshot is being
 * written); whole unless it is streamed from the snapshot that the batch wrote.
 */
function isWorthKeeping(table: HeldTable, last: SnapshotRef | undefined, { batchTime, policy }: AfterBatch): boolean {
  const { rows, cold, writing } = table
  if (cold === undefined) return last?.batchTime !== batchTime || !becomesStreamed(table, policy)
  return (isSmallEnough(rows, cold) || writing !== undefined) && last?.object.key === cold.ref.object.key
}

/** Taking its entries for as large as those of its snapshot are. */
function isSmallEnough({ slots }: Rows, { ref, index }: ColdEntries): boolean {
  return slots <= KEPT_ENTRIES && slots * (snapshotSizeBytes(ref) / index.entries) <= KEPT_BYTES
}

/** The state record after a batch: new snapshots instead of older ones, without the changelogs that no table needs now. */
export function advance(state: StateManifest, newer: readonly SnapshotRef[], coverage: Coverage): StateManifest {
  const replaced = new Set(newer.map(tableName))
  const snapshots = [...state.snapshots.filter((ref) => !replaced.has(tableName(ref))), ...newer].sort(compareTables)
  const since = snapshotTimes(snapshots)
  const changelogs = state.changelogs.filter((ref) => needed(ref, since, coverage))
  return { snapshots, changelogs, ...stillVoid(state, changelogs) }
}

/** Nobody need know what is void once no changelog is left that could hold it. */
function stillVoid({ voidUntil = {} }: StateManifest, changelogs: readonly ChangelogRef[]): Partial<StateManifest> {
  const oldest = changelogs.reduce((time, { batchTime }) => Math.min(time, batchTime), Number.POSITIVE_INFINITY)
  const left = Object.entries(voidUntil).filter(([, batchTime]) => oldest <= batchTime)
  return left.length > 0 ? { voidUntil: Object.fromEntries(left) } : {}
}

/** A changelog that was never read may hold changes of operators that are not in the graph now. */
function needed({ batchTime }: ChangelogRef, since: ReadonlyMap<string, BatchTime>, coverage: Coverage): boolean {
  const sections = coverage.get(batchTime)
  if (sections === undefined) return true
  return sections.some((section) => batchTime > (since.get(tableName(section)) ?? Number.NEGATIVE_INFINITY))
}

/** The last snapshot of each table, by its name. */
export function snapshotsByTable({ snapshots }: StateManifest): ReadonlyMap<string, SnapshotRef> {
  return new Map(snapshots.map((ref) => [tableName(ref), ref]))
}

function snapshotTimes(snapshots: readonly SnapshotRef[]): ReadonlyMap<string, BatchTime> {
  return new Map(snapshots.map((ref) => [tableName(ref), ref.batchTime]))
}
