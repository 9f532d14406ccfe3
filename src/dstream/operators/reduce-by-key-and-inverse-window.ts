import { KeyTable } from '../../rdd/key-table.ts'
import { emptyNode } from '../../rdd/nodes/empty.ts'
import { RDD } from '../../rdd/rdd.ts'
import { returned } from '../../rdd/returned.ts'
import type { StateTable } from '../../state/keyed-state.ts'
import { SluiceError } from '../../util/errors.ts'
import { elementText } from '../../util/text.ts'
import type { Time } from '../../util/time.ts'
import { type BatchRun, isTimeValid, type StreamNode } from '../stream-node.ts'
import { ownCopy } from './own-copy.ts'
import { paneForm } from './pane-form.ts'
import { openPanes, type PaneTable } from './pane-table.ts'
import { addPane, dropPanes, paneNode, type TimeRange, timesIn } from './panes.ts'
import type { Reduction } from './reduce-by-key.ts'
import { tableNode } from './table-node.ts'
import { lastFiring, type WindowDurations } from './window-durations.ts'
import { type WindowGuard, windowGuard } from './window-guard.ts'

/** A reduction that can be undone. */
export interface InvertibleReduction<K, V> extends Reduction<V> {
  /** `inverse(f(x, y), y)` is `x`. */
  readonly inverse: (a: V, b: V) => V
  /** Which results to keep; without it a key never goes. */
  readonly filter?: ((pair: [K, V]) => unknown) | undefined
}

const RESULT = 'result'

/**
 * Each key's values over a window, carried from firing to firing: what has left is undone, what has come is merged in.
 * What a firing costs depends on the panes that come and go, not on the window's length.
 */
export function reduceByKeyAndInverseWindowStream<K, V>(
  parent: StreamNode<[K, V]>,
  reduction: InvertibleReduction<K, V>,
  { window, slide }: WindowDurations,
): StreamNode<[K, V]> {
  const { partitioner, site } = reduction
  const partitions = partitioner.numPartitions
  const stepMs = parent.slideDuration.milliseconds
  const grid = { panes: window.plus(slide).milliseconds / stepMs, stepMs }
  const resultOf = (run: BatchRun, partition: number): Promise<StateTable<K, V>> => run.table(node, RESULT, partition)

  const form = paneForm({ partitioner, grid, window, slide, carried: true })

  async function advance(run: BatchRun): Promise<void> {
    const { batchTime: time, zeroTime } = run
    const reduced = paneNode((await run.of(parent))?.node, reduction)
    const fires = isTimeValid(time, zeroTime, slide)
    await run.sparkContext.run({
      node: reduced ?? emptyNode<[K, V]>(partitions),
      task: async (partition, task) => {
        const panes = await openPanes<K, V>(run, node, { partition, grid })
        await addPane(panes, reduced, { time, partition, task })
        if (fires)
          slideResult(await resultOf(run, partition), { panes, reduction, partition, time, window, slide, stepMs })
        // What the next firing undoes must stay until then.
        const expired = (at: Time): Time => lastFiring(at, zeroTime, slide).minus(window)
        dropPanes(panes, { from: expired(time.minus(parent.slideDuration)), until: expired(time), stepMs })
      },
    })
  }

  const node: StreamNode<[K, V]> = {
    kind: site.operator,
    site,
    parents: [parent],
    slideDuration: slide,
    settings: { partitions, window: window.milliseconds, inverse: true },
    state: { every: parent.slideDuration, partitions, mustCheckpoint: true, advance, form },
    async compute(run) {
      await run.advanced(node)
      return new RDD(
        run.sparkContext,
        tableNode(partitioner, (partition) => resultOf(run, partition)),
      )
    },
  }
  return node
}

interface Firing<K, V> extends WindowDurations {
  readonly panes: PaneTable<K, V>
  readonly reduction: InvertibleReduction<K, V>
  readonly partition: number
  readonly time: Time
  readonly stepMs: number
}

/** Takes the running result from the window before to this one. */
function slideResult<K, V>(result: StateTable<K, V>, firing: Firing<K, V>): void {
  const { panes, reduction, time, window, slide, stepMs } = firing
  const before = time.minus(slide)
  const guard = windowGuard(reduction, firing)
  const expired = guard(() =>
    mergePanes(panes, { from: before.minus(window), until: time.minus(window), stepMs }, reduction.f),
  )
  const added = guard(() => mergePanes(panes, { from: before, until: time, stepMs }, reduction.f))
  for (const key of expired.keys) updateKey(result, key, { expired, added, reduction, guard })
  for (const key of added.keys) {
    if (expired.find(key) < 0) updateKey(result, key, { expired, added, reduction, guard })
  }
}

/** The panes of a range merged per key, in the order of their times. */
function mergePanes<K, V>(panes: PaneTable<K, V>, range: TimeRange, f: (a: V, b: V) => V): KeyTable<K, V> {
  const merged = new KeyTable<K, V>()
  for (const time of timesIn(range)) {
    const { keys, values } = panes.get(time.milliseconds) ?? { keys: [], values: [] }
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i] as K
      const value = ownCopy(values[i] as V)
      const place = merged.find(key)
      if (place < 0) merged.add(key, value)
      else merged.values[place] = returned(f(merged.values[place] as V, value))
    }
  }
  return merged
}

interface Change<K, V> {
  readonly expired: KeyTable<K, V>
  readonly added: KeyTable<K, V>
  readonly reduction: InvertibleReduction<K, V>
  readonly guard: WindowGuard
}

/** First undoes what has left, then merges what has come; a key without a result begins with what has come. */
function updateKey<K, V>(result: StateTable<K, V>, key: K, { expired, added, reduction, guard }: Change<K, V>): void {
  const came = added.find(key)
  let value: V
  if (result.has(key)) {
    const left = expired.find(key)
    const carried = result.get(key) as V
    const rest = left < 0 ? carried : guard(() => reduction.inverse(carried, expired.values[left] as V))
    value = came < 0 ? rest : guard(() => reduction.f(rest, added.values[came] as V))
  } else {
    if (came < 0) throw lostKey(key)
    value = added.values[came] as V
  }
  const kept = !reduction.filter || guard(() => reduction.filter?.([key, value]))
  if (kept) result.set(key, value)
  else result.delete(key)
}

function lostKey(key: unknown): SluiceError {
  return new SluiceError({
    code: 'window-key-lost',
    kind: 'invalid',
    message:
      'Neither previous window has value for key, nor new values found. Are you sure your key class hashes consistently? ' +
      `(Or has filterFunc dropped a key whose values were still in the window?): ${elementText(key)}`,
  })
}
