import { located, OperatorFailure } from '../../rdd/failure.ts'
import type { Emit, Task } from '../../rdd/node.ts'
import { emptyNode } from '../../rdd/nodes/empty.ts'
import { keptNode } from '../../rdd/nodes/kept.ts'
import { HashPartitioner } from '../../rdd/partitioner.ts'
import { pushAll } from '../../rdd/push.ts'
import { RDD } from '../../rdd/rdd.ts'
import { elementText } from '../../util/text.ts'
import type { BatchRun, StreamNode } from '../stream-node.ts'
import { addPane, dropPanes, mergePanes, type PaneTable, paneNode } from './panes.ts'
import type { Reduction } from './reduce-by-key.ts'
import { nextFiring, type WindowDurations } from './window-durations.ts'

const PANES = 'panes'

/**
 * Each key's values over a window, merged again at each firing from one reduced pane per batch. A key goes with its last
 * pane. There is a dataset at every firing, even if nothing ever came.
 */
export function reduceByKeyAndWindowStream<K, V>(
  parent: StreamNode<[K, V]>,
  reduction: Reduction<V>,
  { window, slide }: WindowDurations,
): StreamNode<[K, V]> {
  const { partitions, site } = reduction
  const panesOf = (run: BatchRun, partition: number): Promise<PaneTable<K, V>> => run.table(node, PANES, partition)

  async function advance(run: BatchRun): Promise<void> {
    const { batchTime: time, zeroTime } = run
    const reduced = paneNode((await run.of(parent))?.node, reduction)
    const expired = nextFiring(time, zeroTime, slide).minus(window)
    // With a slide longer than the window, some batches are in no window at all.
    const needed = time.greater(expired) ? reduced : undefined
    await run.sparkContext.run({
      node: needed ?? emptyNode<[K, V]>(partitions),
      task: async (partition, task) => {
        const panes = await panesOf(run, partition)
        await addPane(panes, needed, { time, partition, task })
        dropPanes(panes, expired)
      },
    })
  }

  const node: StreamNode<[K, V]> = {
    kind: site.operator,
    site,
    parents: [parent],
    slideDuration: slide,
    settings: { partitions, window: window.milliseconds },
    state: { every: parent.slideDuration, partitions, advance },
    async compute(run) {
      await run.advanced(node)
      const range = { from: run.batchTime.minus(window), until: run.batchTime }
      const merge = async (partition: number, task: Task, emit: Emit<[K, V]>): Promise<void> => {
        const merged = mergeAt(await panesOf(run, partition), { partition, range, reduction })
        const cells = [...merged.cells()]
        const origin = { partition, describe: (index: number) => `key ${elementText(cells[index]?.key)}` }
        await pushAll(cells, ({ key, value }) => emit([key, value]), { task, origin })
      }
      const partitioner = new HashPartitioner(partitions)
      return new RDD(run.sparkContext, keptNode({ partitions, partitioner, dependencies: [], compute: merge }))
    },
  }
  return node
}

function mergeAt<K, V>(
  panes: PaneTable<K, V>,
  at: {
    readonly partition: number
    readonly range: Parameters<typeof mergePanes>[1]
    readonly reduction: Reduction<V>
  },
): ReturnType<typeof mergePanes<K, V>> {
  const { f, site } = at.reduction
  try {
    return mergePanes(panes, at.range, f)
  } catch (cause) {
    throw located(new OperatorFailure(site, cause), at.partition, () => `the window up to ${at.range.until}`)
  }
}
