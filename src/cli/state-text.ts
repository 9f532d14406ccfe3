import type { InspectedTable, StateEntry, StateInspection, StateRequest } from '../scheduler/inspect-state.ts'
import { counted } from './terminal.ts'

/** State as it was after a batch, for people. */
export function stateText({ batchTime, tables }: StateInspection, { operator, key }: StateRequest): string {
  const isMissing = key !== undefined && tables.every(({ entries }) => entries.length === 0)
  if (isMissing) return `state ${operator} after batch ${batchTime} ms: no such key: ${key}\n`
  return `${tables.flatMap((table) => tableLines(batchTime, table)).join('\n')}\n`
}

function tableLines(batchTime: number, { table, partitions, entriesInAll, entries }: InspectedTable): string[] {
  const size =
    entriesInAll === undefined ? '' : `: ${counted(entriesInAll, 'key')} in ${counted(partitions, 'partition')}`
  return [
    `state ${table} after batch ${batchTime} ms${size}`,
    ...entries.map(entryLine),
    ...leftOut((entriesInAll ?? 0) - entries.length),
  ]
}

function entryLine({ partition, key, value, timeMs }: StateEntry): string {
  const time = timeMs === undefined ? '' : `, changed at ${timeMs} ms`
  return `  ${key} = ${value} [partition ${partition}${time}]`
}

/** The line that ends a list which was cut. */
export function leftOut(count: number): string[] {
  return count > 0 ? [`  … and ${count} more (--limit)`] : []
}
