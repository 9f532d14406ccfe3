import { HashPartitioner, type Partitioner } from '../../rdd/partitioner.ts'
import type { Placement, StoredEntry } from '../../state/state-shape.ts'
import type { StateForm } from '../stream-node.ts'
import { type Pane, type PaneGrid, paneTables } from './pane-table.ts'
import type { WindowDurations } from './window-durations.ts'

/** Of a window of reduced panes; `carried`: with a result by key that is carried from firing to firing. */
export interface ReducedPanes extends WindowDurations {
  readonly partitioner: Partitioner
  readonly grid: PaneGrid
  readonly carried?: true
}

/** The keys of a pane are where the partitioner says, so a pane that is in other partitions now is taken apart. */
export function paneForm({ partitioner, grid, window, slide, carried }: ReducedPanes): StateForm {
  const [windowMs, slideMs] = [window.milliseconds, slide.milliseconds]
  const partitions = partitioner.numPartitions
  const { nameAt } = paneTables(grid)
  return {
    hashed: partitioner instanceof HashPartitioner,
    panes: {
      windowMs,
      slideMs,
      stepMs: grid.stepMs,
      // With a slide longer than the window, batches that are in no window are left out.
      keptMs: slideMs > windowMs ? 0 : windowMs,
      ...(carried ? { carried } : {}),
    },
    shape: {
      place(entry, { committedMs }) {
        if (!entry.table.startsWith('panes'))
          return [{ table: entry.table, partition: partitioner.partition(entry.key), partitions }]
        const time = entry.key as number
        if (!carried && time <= committedMs - windowMs) return []
        return splitPane(entry, partitioner, nameAt(time))
      },
      merge: (a, b) => joined(a as Pane<unknown, unknown>, b as Pane<unknown, unknown>),
    },
  }
}

function splitPane(entry: StoredEntry, partitioner: Partitioner, table: string): Placement[] {
  const { keys, values } = entry.value() as Pane<unknown, unknown>
  const parts = new Map<number, Pane<unknown, unknown>>()
  for (const [i, key] of keys.entries()) {
    const partition = partitioner.partition(key)
    const part = parts.get(partition) ?? { keys: [], values: [] }
    parts.set(partition, part)
    part.keys.push(key)
    part.values.push(values[i])
  }
  const { numPartitions: partitions } = partitioner
  return [...parts].map(([partition, value]) => ({ table, partition, partitions, value }))
}

function joined(a: Pane<unknown, unknown>, b: Pane<unknown, unknown>): Pane<unknown, unknown> {
  return { keys: [...a.keys, ...b.keys], values: [...a.values, ...b.values] }
}
