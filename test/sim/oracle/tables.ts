import type { NodeSpec } from '../apps/app-spec.ts'
import { keptAs, type StateNode, stored } from '../apps/kept-state.ts'
import type { Dataset } from './dataset.ts'
import type { Memory } from './operators.ts'

/** How many records of a pane are stored together, at most: a number of its own, as an oracle that asks the engine sees no change of it. */
const CHUNK_RECORDS = 4_096

/** What tables hold, by their names: a line an entry, in first-seen order. */
export type Tables = Map<string, readonly string[]>

export function tableNamed(operator: string, partition: number): string {
  return `${operator}/${partition}`
}

/** `timeMs`: when it was last changed, where that is stored. */
export function entryLine(key: unknown, value: unknown, timeMs?: number): string {
  return `${JSON.stringify(key)}: ${JSON.stringify(value)}${timeMs === undefined ? '' : ` at ${timeMs}`}`
}

/** Which node remembers what. */
export interface Remembering {
  readonly node: NodeSpec
  readonly uid: string
  readonly memory: Memory
  /** When a batch was, by how many came after it. */
  readonly timeMs: (after: number) => number
  /** How many there have been. */
  readonly batch: number
}

/** What a checkpoint must hold of what a node remembers; tables without entries need not be there. */
export function tablesOf(remembering: Remembering): Tables {
  const { node, uid } = remembering
  switch (node.op) {
    case 'window':
      return new Map([[tableNamed(`${uid}.panes`, 0), rawPanes(remembering)]])
    case 'reduce-window':
      return reducedPanes(remembering)
    case 'inverse-window':
      return new Map([...reducedPanes(remembering), ...results(remembering)])
    case 'update-state':
    case 'map-with-state':
      return statesOf(node, remembering)
    default:
      return new Map()
  }
}

/** Says that a state has begun. */
export function begun(uid: string): Tables {
  return new Map([[tableNamed(`${uid}.begun`, 0), [entryLine('begun', true)]]])
}

function statesOf(node: StateNode, { uid, memory, timeMs, batch }: Remembering): Tables {
  const kept = keptAs(node)
  const isTimed = node.op === 'map-with-state'
  const tables = begun(uid)
  for (const [partition, table] of memory.states.entries())
    tables.set(
      tableNamed(uid, partition),
      [...(table?.values() ?? [])].map(({ key, state: { sum }, changed }) =>
        entryLine(key, stored(sum, kept), isTimed ? timeMs(batch - changed) : undefined),
      ),
    )
  return tables
}

function results({ uid, memory }: Remembering): Tables {
  const lines = memory.states.map((table) =>
    [...(table?.values() ?? [])].map(({ key, state }) => entryLine(key, state.sum)),
  )
  return new Map(lines.map((entries, partition) => [tableNamed(`${uid}.result`, partition), entries]))
}

/** The panes of a window with their times, oldest first. */
function* timedPanes({ memory: { panes }, timeMs }: Remembering): Generator<{ pane: Dataset; at: number }> {
  for (const [i, pane] of panes.entries()) if (pane !== undefined) yield { pane, at: timeMs(panes.length - 1 - i) }
}

/** Of each batch how many chunks its partitions have, and those. */
function rawPanes(remembering: Remembering): string[] {
  const lines: string[] = []
  for (const { pane, at } of timedPanes(remembering)) {
    const chunks = pane.parts.map(({ length }) => Math.ceil(length / CHUNK_RECORDS))
    lines.push(entryLine(`${at}`, { chunks, hashed: pane.hashed }))
    for (const [partition, pairs] of pane.parts.entries()) {
      for (let number = 0; number * CHUNK_RECORDS < pairs.length; number++)
        lines.push(
          entryLine(`${at}/${partition}/${number}`, pairs.slice(number * CHUNK_RECORDS, (number + 1) * CHUNK_RECORDS)),
        )
    }
  }
  return lines
}

/** In each partition the keys and sums of the batches that have any there. */
function reducedPanes(remembering: Remembering): Tables {
  const tables = new Map<string, string[]>()
  for (const { pane, at } of timedPanes(remembering)) {
    for (const [partition, pairs] of pane.parts.entries()) {
      if (pairs.length === 0) continue
      const name = tableNamed(`${remembering.uid}.panes`, partition)
      const lines = tables.get(name) ?? []
      tables.set(name, lines)
      lines.push(entryLine(at, { keys: pairs.map(([key]) => key), values: pairs.map(([, sum]) => sum) }))
    }
  }
  return tables
}
