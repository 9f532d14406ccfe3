import type { StateManifest } from '../checkpoint/manifest.ts'
import { assert } from '../util/assert.ts'
import { encodeValue } from '../util/codec.ts'
import { SluiceError } from '../util/errors.ts'
import { Rows } from './rows.ts'
import { DEFAULT_SNAPSHOT_POLICY } from './snapshot-policy.ts'
import type { HeldTable } from './state-manifest.ts'
import type { StateReads } from './state-objects.ts'
import { ofState } from './state-of-key.ts'
import type { Base } from './state-run.ts'
import type { ChangeTime, Placement, StateShape, StoredEntry } from './state-shape.ts'
import { isScalar, keptValue, Stored } from './stored.ts'
import { StoredTables } from './stored-tables.ts'
import { type TableId, tableName } from './table-id.ts'

/** What becomes of one operator's stored state. */
export interface StateChange {
  /** What it is stored under. */
  readonly from: string
  /** Absent: it is given up. */
  readonly to?: NewForm
}

export interface NewForm {
  readonly operator: string
  /** Absent: every entry stays in its partition. */
  readonly shape?: StateShape | undefined
  readonly at: ChangeTime
  /** Makes a value of the main table from the stored one; `undefined`: there is none. What it throws ends the batch. */
  readonly migrate?: ((key: unknown, value: unknown) => unknown) | undefined
}

export interface Reshaped {
  /** The stored state without what has changed. */
  readonly state: StateManifest
  /** What has changed, in its new form. */
  readonly tables: readonly HeldTable[]
}

/**
 * Makes the tables of operators anew for a graph that has changed: each is read whole and every entry put where it belongs now.
 * What was stored of them is void from here on, so that it cannot be found under a name that means something else.
 */
export async function reshape(base: Base, reads: StateReads, changes: readonly StateChange[]): Promise<Reshaped> {
  const stored = new StoredTables(base.state, reads, { coverage: new Map(), policy: DEFAULT_SNAPSHOT_POLICY })
  const tables: HeldTable[] = []
  const voided = new Set<string>()
  for (const change of changes) {
    const ids = await stored.list((name) => isOf(name, change.from))
    const made = change.to === undefined ? [] : await newTables(stored, ids, { ...change, to: change.to })
    for (const { operator } of [...ids, ...made.map(({ id }) => id)]) voided.add(operator)
    tables.push(...made)
  }
  return { state: without(base, voided), tables }
}

function without({ state, attempt }: Base, voided: ReadonlySet<string>): StateManifest {
  const until = [...voided].map((operator) => [operator, attempt.batchTime] as const)
  return {
    ...state,
    snapshots: state.snapshots.filter(({ operator }) => !voided.has(operator)),
    voidUntil: { ...state.voidUntil, ...Object.fromEntries(until) },
  }
}

/** Names of tables are `counts` and `counts.begun`; uids have no dots. */
function isOf(name: string, operator: string): boolean {
  return name === operator || name.startsWith(`${operator}.`)
}

async function newTables(
  stored: StoredTables,
  ids: readonly TableId[],
  { from, to }: Required<StateChange>,
): Promise<readonly HeldTable[]> {
  const made = new NewTables(to)
  for (const id of ids) {
    const { rows } = await stored.whole(id)
    made.take(rows, id, id.operator.slice(from.length + 1))
  }
  return made.tables()
}

/** The tables of one operator as they fill. */
class NewTables {
  readonly #to: NewForm
  readonly #tables = new Map<string, HeldTable>()

  constructor(to: NewForm) {
    this.#to = to
  }

  tables(): readonly HeldTable[] {
    for (const { rows } of this.#tables.values()) rows.pack()
    return [...this.#tables.values()]
  }

  /** Puts every entry of a stored table where it belongs. */
  take(rows: Rows, from: TableId, table: string): void {
    const { shape, at } = this.#to
    const entryBytes = rows.size === 0 ? 0 : rows.sizeBytes / rows.size
    for (let slot = 0; slot < rows.slots; slot++) {
      if (!rows.isAlive(slot)) continue
      const entry: StoredEntry = { table, key: rows.key(slot), value: () => keptValue(rows.value(slot)) }
      for (const placed of shape?.place(entry, at) ?? [{ ...from, table }])
        this.#put(rows, slot, { placed, entry, entryBytes })
    }
  }

  #put(from: Rows, slot: number, { placed, entry, entryBytes }: Put): void {
    const { rows } = this.#tableAt(placed)
    const value = this.#valueFor(placed, entry, from.value(slot))
    if (value === undefined) return
    const there = rows.find(entry.key)
    if (there >= 0) rows.setValue(there, this.#merged(rows.value(there), value))
    else rows.adopt({ ...from.entry(slot, 0), value }, from.timed)
    rows.written.changed(entryBytes, there >= 0 ? 0 : 1)
  }

  #tableAt({ table, partition, partitions }: Placement): HeldTable {
    const operator = table === '' ? this.#to.operator : `${this.#to.operator}.${table}`
    const id = { operator, partition, partitions }
    const known = this.#tables.get(tableName(id)) ?? { id, rows: new Rows() }
    this.#tables.set(tableName(id), known)
    return known
  }

  /** In the form in which it is kept. */
  #valueFor(placed: Placement, entry: StoredEntry, kept: unknown): unknown {
    const { migrate } = this.#to
    if (placed.table === '' && migrate) return this.#kept(migrate(entry.key, entry.value()), entry)
    return placed.value === undefined ? kept : keptForm(placed.value)
  }

  #kept(value: unknown, { key }: StoredEntry): unknown {
    try {
      return keptForm(value)
    } catch (cause) {
      throw cause instanceof SluiceError ? ofState(this.#to.operator, key, cause) : cause
    }
  }

  #merged(a: unknown, b: unknown): unknown {
    const { shape } = this.#to
    assert(shape?.merge, 'two entries come to have one place, and nothing says how they are merged')
    return keptForm(shape.merge(keptValue(a), keptValue(b)))
  }
}

interface Put {
  readonly placed: Placement
  readonly entry: StoredEntry
  /** About, of the table that it comes from. */
  readonly entryBytes: number
}

function keptForm(value: unknown): unknown {
  if (isScalar(value)) return value
  const bytes = encodeValue(value)
  return new Stored({ bytes }, 0, bytes.length)
}
