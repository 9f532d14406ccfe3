import type { Emit, Task } from '../../rdd/node.ts'
import { emptyNode } from '../../rdd/nodes/empty.ts'
import { keptNode } from '../../rdd/nodes/kept.ts'
import { pushAll } from '../../rdd/push.ts'
import { RDD } from '../../rdd/rdd.ts'
import { elementText } from '../../util/text.ts'
import type { Time } from '../../util/time.ts'
import type { BatchRun, StreamNode } from '../stream-node.ts'
import { paneForm } from './pane-form.ts'
import { openPanes, type PaneTable } from './pane-table.ts'
import { addPane, paneNode } from './panes.ts'
import type { Reduction } from './reduce-by-key.ts'
import { SlidingReduction } from './sliding-reduction.ts'
import { nextFiring, type WindowDurations } from './window-durations.ts'
import { windowGuard } from './window-guard.ts'

/**
 * Each key's values over a window, from one reduced pane per batch. A key goes with its last pane. There is a dataset at
 * every firing, even if nothing ever came. Only panes are stored; the sums over them stay in memory beside them, and are
 * made anew after a restart.
 */
export function reduceByKeyAndWindowStream<K, V>(
  parent: StreamNode<[K, V]>,
  reduction: Reduction<V>,
  durations: WindowDurations,
): StreamNode<[K, V]> {
  const { partitioner, site } = reduction
  const { window, slide } = durations
  const partitions = partitioner.numPartitions
  const stepMs = parent.slideDuration.milliseconds
  const panes = window.milliseconds / stepMs
  const panesOf = (run: BatchRun, partition: number): Promise<PaneTable<K, V>> =>
    openPanes(run, node, { partition, grid: { panes, stepMs } })
  const gridOf = ({ zeroTime, batchTime }: BatchRun): Grid => ({ zeroTime, time: batchTime, stepMs, panes })

  const form = paneForm({ partitioner, grid: { panes, stepMs }, window, slide })

  async function advance(run: BatchRun): Promise<void> {
    const { batchTime: time, zeroTime } = run
    // With a slide longer than the window, some batches are in no window at all.
    const needed = time.greater(nextFiring(time, zeroTime, slide).minus(window))
    const reduced = needed ? paneNode((await run.of(parent))?.node, reduction) : undefined
    await run.sparkContext.run({
      node: reduced ?? emptyNode<[K, V]>(partitions),
      task: async (partition, task) => {
        const table = await panesOf(run, partition)
        await addPane(table, reduced, { time, partition, task })
        const grid = gridOf(run)
        windowGuard(reduction, { partition, time })(() => slidingReduction(table, grid, reduction))
        table.delete(time.milliseconds - window.milliseconds)
      },
    })
  }

  const node: StreamNode<[K, V]> = {
    kind: site.operator,
    site,
    parents: [parent],
    slideDuration: slide,
    settings: { partitions, window: window.milliseconds },
    state: { every: parent.slideDuration, partitions, advance, form },
    async compute(run) {
      if (panes === 0) return new RDD(run.sparkContext, { ...emptyNode<[K, V]>(partitions), partitioner })
      await run.advanced(node)
      const merge = async (partition: number, task: Task, emit: Emit<[K, V]>): Promise<void> => {
        const table = await panesOf(run, partition)
        const guard = windowGuard(reduction, { partition, time: run.batchTime })
        const pairs = guard(() => [...slidingReduction(table, gridOf(run), reduction).entries(reduction.f)])
        const origin = { partition, describe: (index: number) => `key ${elementText(pairs[index]?.[0])}` }
        await pushAll(pairs as [K, V][], emit, { task, origin })
      }
      return new RDD(run.sparkContext, keptNode({ partitions, partitioner, dependencies: [], compute: merge }))
    },
  }
  return node
}

interface Grid {
  readonly zeroTime: Time
  readonly time: Time
  readonly stepMs: number
  readonly panes: number
}

/** The sums up to the grid's time: carried on from the batch before where they are in memory, else made from the panes. */
function slidingReduction<K, V>(
  table: PaneTable<K, V>,
  { zeroTime, time, stepMs, panes }: Grid,
  { f }: Reduction<V>,
): SlidingReduction<K, V> {
  const zeroMs = zeroTime.milliseconds
  const place = (time.milliseconds - zeroMs) / stepMs
  const load = (at: number) => table.get(zeroMs + at * stepMs)
  const warm = table.memo instanceof SlidingReduction ? (table.memo as SlidingReduction<K, V>) : undefined
  const usable = warm !== undefined && (warm.place === place || warm.place === place - 1)
  const sums = usable ? warm : new SlidingReduction<K, V>(panes, SlidingReduction.firstPlace(panes, place))
  table.memo = undefined
  while (sums.place < place) sums.advance(load, f)
  table.memo = sums
  return sums
}
