import type { StateTable } from '../../state/keyed-state.ts'
import type { BatchRun, StreamNode } from '../stream-node.ts'

/** What one batch contributes to a window: a partition's reduced pairs, in columns. */
export interface Pane<K, V> {
  readonly keys: K[]
  readonly values: V[]
}

/** Fewer panes than this share a table. */
const FEWEST_PANES = 16
/** Into how many tables, about, a long window is cut. */
const TABLES = 16

/** How many panes are stored, and how far apart they are. */
export interface PaneGrid {
  readonly panes: number
  readonly stepMs: number
}

/** The tables that a partition's panes lie in, and which a batch's is in. */
export function paneTables({ panes, stepMs }: PaneGrid): {
  readonly names: readonly string[]
  readonly nameAt: (timeMs: number) => string
} {
  const span = Math.max(FEWEST_PANES, Math.ceil(panes / TABLES))
  const count = panes <= FEWEST_PANES ? 1 : Math.ceil(panes / span) + 1
  const names = Array.from({ length: count }, (_, i) => (i === 0 ? 'panes' : `panes-${i}`))
  return { names, nameAt: (timeMs) => names[tableAt(timeMs, span * stepMs, count)] as string }
}

/** Times from long before a window come back to the tables that it left. */
function tableAt(timeMs: number, spanMs: number, count: number): number {
  const span = Math.floor(timeMs / spanMs)
  return ((span % count) + count) % count
}

/**
 * A partition's panes by batch time in milliseconds; batches that contribute nothing have none. A long window lies in
 * several tables, each of neighbouring batches: what is due to be written whole is then a small part of it, most of which
 * does not change any more, and no batch pays for all.
 */
export class PaneTable<K, V> {
  readonly #tables: ReadonlyMap<string, StateTable<number, Pane<K, V>>>
  readonly #nameAt: (timeMs: number) => string

  constructor(tables: ReadonlyMap<string, StateTable<number, Pane<K, V>>>, nameAt: (timeMs: number) => string) {
    this.#tables = tables
    this.#nameAt = nameAt
  }

  get(timeMs: number): Pane<K, V> | undefined {
    return this.#table(timeMs).get(timeMs)
  }

  set(timeMs: number, pane: Pane<K, V>): void {
    this.#table(timeMs).set(timeMs, pane)
  }

  delete(timeMs: number): void {
    this.#table(timeMs).delete(timeMs)
  }

  /** See `StateTable.memo`: all tables of a run are kept warm, or none is. */
  get memo(): unknown {
    return this.#first?.memo
  }

  set memo(memo: unknown) {
    if (this.#first) this.#first.memo = memo
  }

  get #first(): StateTable<number, Pane<K, V>> | undefined {
    return this.#tables.values().next().value
  }

  #table(timeMs: number): StateTable<number, Pane<K, V>> {
    return this.#tables.get(this.#nameAt(timeMs)) as StateTable<number, Pane<K, V>>
  }
}

export async function openPanes<K, V>(
  run: BatchRun,
  node: StreamNode<unknown>,
  { partition, grid }: { readonly partition: number; readonly grid: PaneGrid },
): Promise<PaneTable<K, V>> {
  const { names, nameAt } = paneTables(grid)
  const open = async (name: string) => [name, await run.table<number, Pane<K, V>>(node, name, partition)] as const
  return new PaneTable(new Map(await Promise.all(names.map(open))), nameAt)
}
