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

/**
 * A partition's panes by batch time in milliseconds; batches that contribute nothing have none. A long window lies in
 * several tables, each of neighbouring batches: what is due to be written whole is then a small part of it, most of which
 * does not change any more, and no batch pays for all.
 */
export class PaneTable<K, V> {
  readonly #tables: readonly StateTable<number, Pane<K, V>>[]
  readonly #spanMs: number

  constructor(tables: readonly StateTable<number, Pane<K, V>>[], spanMs: number) {
    this.#tables = tables
    this.#spanMs = spanMs
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
    return this.#tables[0]?.memo
  }

  set memo(memo: unknown) {
    const [first] = this.#tables
    if (first) first.memo = memo
  }

  /** Times from long before a window come back to the tables that it left. */
  #table(timeMs: number): StateTable<number, Pane<K, V>> {
    const span = Math.floor(timeMs / this.#spanMs)
    const count = this.#tables.length
    return this.#tables[((span % count) + count) % count] as StateTable<number, Pane<K, V>>
  }
}

export async function openPanes<K, V>(
  run: BatchRun,
  node: StreamNode<unknown>,
  { partition, grid: { panes, stepMs } }: { readonly partition: number; readonly grid: PaneGrid },
): Promise<PaneTable<K, V>> {
  const span = Math.max(FEWEST_PANES, Math.ceil(panes / TABLES))
  const count = panes <= FEWEST_PANES ? 1 : Math.ceil(panes / span) + 1
  const names = Array.from({ length: count }, (_, i) => (i === 0 ? 'panes' : `panes-${i}`))
  const tables = await Promise.all(names.map((name) => run.table<number, Pane<K, V>>(node, name, partition)))
  return new PaneTable(tables, span * stepMs)
}
