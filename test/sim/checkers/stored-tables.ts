import type { Head } from '../../../src/checkpoint/head.ts'
import type { Manifest } from '../../../src/checkpoint/manifest.ts'
import type { ObjectStore } from '../../../src/ports/object-store.ts'
import { openState } from '../../../src/scheduler/restore.ts'
import type { StateTable } from '../../../src/state/keyed-state.ts'
import { StateStore } from '../../../src/state/state-store.ts'
import { entryLine, type Tables, tableNamed } from '../oracle/tables.ts'
import type { Place } from '../world/place.ts'
import { LentObject, partOf } from '../world/sim-store.ts'

/** All that is stored of the state after a batch, read as the product restores it. */
export async function tablesIn(checkpoint: Place, head: Head, manifest: Manifest): Promise<Tables> {
  const state = openState({ checkpoint: readerOf(checkpoint), state: new StateStore() }, head, manifest)
  const tables: Tables = new Map()
  for (const { operator, partition, partitions } of await state.stored())
    tables.set(tableNamed(operator, partition), linesOf(operator, await state.table(operator, partition, partitions)))
  state.abandon()
  return tables
}

function linesOf(operator: string, table: StateTable<unknown, unknown>): string[] {
  const lines: string[] = []
  for (let slot = 0; slot < table.slots; slot++) {
    if (!table.isAlive(slot)) continue
    // What an attempt drew is nobody else's to know.
    const value = operator === 'chain' ? (table.valueAt(slot) as readonly unknown[])[0] : table.valueAt(slot)
    lines.push(entryLine(table.keyAt(slot), value, table.timeAt(slot)))
  }
  return lines
}

/** The objects of a place at this instant, without a process that reads them. */
function readerOf(place: Place): ObjectStore {
  const reader: Pick<ObjectStore, 'url' | 'get'> = {
    url: place.url,
    get: async (key, options = {}) => {
      const object = place.objects.get(key)
      return object && new LentObject(object.info, partOf(object.bytes, options))
    },
  }
  return reader as ObjectStore
}
