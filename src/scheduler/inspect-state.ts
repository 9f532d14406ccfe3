import type { BatchTime } from '../checkpoint/attempt.ts'
import type { Head } from '../checkpoint/head.ts'
import type { Manifest } from '../checkpoint/manifest.ts'
import type { Slot, StateTable } from '../state/keyed-state.ts'
import type { StateRun } from '../state/state-run.ts'
import { StateStore } from '../state/state-store.ts'
import type { TableId } from '../state/table-id.ts'
import { SluiceError } from '../util/errors.ts'
import { whileRetained } from './given-up.ts'
import { noCheckpoint } from './operator-act.ts'
import { retainedBatch } from './past-batch.ts'
import { openState } from './restore.ts'
import type { Runtime } from './runtime.ts'
import { shown } from './state-changes.ts'

export interface StateRequest {
  readonly batchTime: BatchTime
  /** The uid of an operator, also of one that the graph no longer has; `source:UID` is what a stream remembers. */
  readonly operator: string
  /** As JSON; what is none, or stands for a key as it is, is also taken for a text. Absent: all keys. */
  readonly key?: string
  /** Entries that are shown at most; 20 by default. */
  readonly limit?: number
}

/** State as it was after a batch. */
export interface StateInspection {
  readonly batchTime: BatchTime
  readonly tables: readonly InspectedTable[]
}

/** An operator may keep several tables: windows keep their panes apart. */
export interface InspectedTable {
  readonly table: string
  readonly partitions: number
  /** Absent where one key was asked for: then the rest was not read. */
  readonly entriesInAll?: number
  readonly entries: readonly StateEntry[]
}

/** One entry, as text. */
export interface StateEntry {
  readonly partition: number
  readonly key: string
  readonly value: string
  /** When it was last changed, in milliseconds, where the operator keeps that. */
  readonly timeMs?: number
}

/**
 * Looks at the state of an operator as it was after a retained batch, whatever came later. Rejects with code
 * `batch-not-found`, and with `state-not-found` where nothing was stored under this name, which lists what was.
 */
export async function inspectState(runtime: Runtime, request: StateRequest): Promise<StateInspection> {
  const head = await runtime.register.read(runtime.app)
  if (head === undefined) throw noCheckpoint(runtime)
  const { batchTime } = request
  return whileRetained(runtime, { head, batchTime }, inspected(runtime, head, request))
}

async function inspected(runtime: Runtime, head: Head, request: StateRequest): Promise<StateInspection> {
  const { batchTime, operator } = request
  const manifest = await retainedBatch(runtime, head, batchTime)
  const past = new PastState(runtime, head, manifest)
  const all = await past.with((state) => state.stored())
  const names = [...new Set(all.map((id) => id.operator))]
  // What an operator keeps beside its state is shown by its own name only.
  const wanted = names.includes(operator) ? [operator] : names.filter((name) => name.startsWith(`${operator}.`))
  if (wanted.length === 0) throw stateNotFound(operator, batchTime, names)
  const tables: InspectedTable[] = []
  for (const name of wanted) {
    const ids = all.filter((id) => id.operator === name)
    tables.push(await inspectTable(past, ids, request))
  }
  return { batchTime, tables }
}

/** Opened anew for each partition, so that no more than one is held at a time. */
class PastState {
  readonly #open: () => StateRun

  constructor({ checkpoint }: Runtime, head: Head, manifest: Manifest) {
    this.#open = () => openState({ checkpoint, state: new StateStore() }, head, manifest)
  }

  async with<T>(look: (state: StateRun) => Promise<T>): Promise<T> {
    const state = this.#open()
    try {
      return await look(state)
    } finally {
      state.abandon()
    }
  }
}

async function inspectTable(
  past: PastState,
  ids: readonly TableId[],
  { key, limit = 20 }: StateRequest,
): Promise<InspectedTable> {
  const entries: StateEntry[] = []
  let entriesInAll = 0
  for (const id of ids) {
    await past.with(async (state) => {
      if (key !== undefined) return void entries.push(...(await entriesOfKey(state, id, key)))
      const table = await state.table<unknown, unknown>(id.operator, id.partition, id.partitions)
      entriesInAll += table.size
      for (let slot = 0; slot < table.slots && entries.length < limit; slot++)
        if (table.isAlive(slot)) entries.push(entryAt(table, slot, id))
    })
  }
  const { operator = '', partitions = 0 } = ids[0] ?? {}
  return { table: operator, partitions, ...(key === undefined ? { entriesInAll } : {}), entries }
}

/** Of a large partition, the blocks are read that may hold the key. */
async function entriesOfKey(state: StateRun, id: TableId, text: string): Promise<StateEntry[]> {
  const table = await state.tableOfKeys<unknown, unknown>(id.operator, id.partition, id.partitions)
  const keys = keysMeantBy(text)
  await table.prefetch(keys)
  const slots = keys.map((key) => table.find(key)).filter((slot) => slot >= 0)
  return slots.map((slot) => entryAt(table, slot, id))
}

/** `5` is a number and a text, `"5"` a text, with quotes or without. */
function keysMeantBy(text: string): unknown[] {
  if (/^-?\d+n$/.test(text)) return [text, BigInt(text.slice(0, -1))]
  try {
    return [text, JSON.parse(text)]
  } catch {
    return [text]
  }
}

function entryAt(table: StateTable<unknown, unknown>, slot: Slot, { partition }: TableId): StateEntry {
  const timeMs = table.timeAt(slot)
  const entry = { partition, key: shown(table.keyAt(slot)), value: shown(table.valueAt(slot)) }
  return timeMs === undefined ? entry : { ...entry, timeMs }
}

function stateNotFound(operator: string, batchTime: BatchTime, names: readonly string[]): SluiceError {
  const there = names.length === 0 ? 'nothing was' : `there was that of ${names.join(', ')}`
  return new SluiceError({
    code: 'state-not-found',
    kind: 'invalid',
    message: `After batch ${batchTime} ms no state was stored of this operator; ${there}: ${operator}`,
  })
}
