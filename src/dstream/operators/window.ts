import type { CallSite } from '../../rdd/call-site.ts'
import { CHUNK_RECORDS, type Emit, type Node, type Task } from '../../rdd/node.ts'
import { HashPartitioner } from '../../rdd/partitioner.ts'
import { pushAll } from '../../rdd/push.ts'
import { RDD } from '../../rdd/rdd.ts'
import type { StateTable } from '../../state/keyed-state.ts'
import { Time } from '../../util/time.ts'
import type { BatchRun, StateForm, StreamNode } from '../stream-node.ts'
import { ownCopy } from './own-copy.ts'
import { type TimeRange, timesIn } from './panes.ts'
import { nextFiring, type WindowDurations } from './window-durations.ts'

const PANES = 'panes'

/** What is stored of a batch: how many chunks each partition has, and whether keys are where their hash puts them. */
interface RawPane {
  readonly chunks: readonly number[]
  readonly hashed: boolean
}

/** A pane by its batch time in milliseconds, and each of its chunks of elements by time, partition and number. */
type RawPanes = StateTable<string, RawPane | readonly unknown[]>

/**
 * All elements of the batches in a window. They are stored, as a batch's input is gone after its commit, and only for as
 * long as a window to come needs them. There is a dataset at every firing; batches without one add nothing.
 */
export function windowStream<T>(
  parent: StreamNode<T>,
  { window, slide }: WindowDurations,
  site: CallSite,
): StreamNode<T> {
  const stepMs = parent.slideDuration.milliseconds
  const panesOf = async (run: BatchRun): Promise<RawPanes> => (await run.single(node, PANES)) as RawPanes

  async function advance(run: BatchRun): Promise<void> {
    const { batchTime: time, zeroTime } = run
    const expired = nextFiring(time, zeroTime, slide).minus(window)
    const earlier = nextFiring(time.minus(parent.slideDuration), zeroTime, slide).minus(window)
    const panes = await panesOf(run)
    // With a slide longer than the window, some batches are in no window at all.
    const dataset = time.greater(expired) ? await run.of(parent) : undefined
    if (dataset) store(panes, time.milliseconds, await collected(run, dataset.node))
    drop(panes, { from: earlier, until: expired, stepMs })
  }

  const node: StreamNode<T> = {
    kind: site.operator,
    site,
    parents: [parent],
    slideDuration: slide,
    settings: { window: window.milliseconds },
    state: { every: parent.slideDuration, partitions: 1, advance, form: rawForm(stepMs, { window, slide }) },
    checkpointable: false,
    persistedAs: parent,
    async compute(run) {
      await run.advanced(node)
      const panes = await panesOf(run)
      const range = { from: run.batchTime.minus(window), until: run.batchTime, stepMs }
      const datasets: RDD<T>[] = []
      for (const time of timesIn(range)) {
        const stored = storedNode<T>(panes, time.milliseconds)
        if (stored) datasets.push(new RDD(run.sparkContext, stored))
      }
      return run.sparkContext.union(datasets)
    },
  }
  return node
}

/** After a batch, the panes are there that the next firing needs; when that is, depends on the slide. */
function rawForm(stepMs: number, { window, slide }: WindowDurations): StateForm {
  const [windowMs, slideMs] = [window.milliseconds, slide.milliseconds]
  return {
    hashed: true,
    panes: { windowMs, slideMs, stepMs, keptMs: Math.max(0, windowMs - slideMs + stepMs) },
    shape: {
      place({ table, key }, { committedMs, zeroMs }) {
        const expired = nextFiring(new Time(committedMs), new Time(zeroMs), slide).minus(window)
        const isNeeded = Number.parseInt(String(key), 10) > expired.milliseconds
        return isNeeded ? [{ table, partition: 0, partitions: 1 }] : []
      },
    },
  }
}

interface Collected {
  /** Chunks of elements by partition. */
  readonly partitions: readonly (readonly unknown[][])[]
  readonly hashed: boolean
}

async function collected(run: BatchRun, node: Node<unknown>): Promise<Collected> {
  const partitions = await run.sparkContext.run({
    node,
    task: async (partition, task) => {
      const chunks: unknown[][] = []
      let chunk: unknown[] = []
      await node.compute(partition, task, (element) => {
        if (chunk.length === 0) chunks.push(chunk)
        if (chunk.push(element) === CHUNK_RECORDS) chunk = []
      })
      return chunks
    },
  })
  return { partitions, hashed: node.partitioner instanceof HashPartitioner }
}

/** Partition by partition, so that what is written does not depend on which was computed first. */
function store(panes: RawPanes, timeMs: number, { partitions, hashed }: Collected): void {
  panes.set(`${timeMs}`, { chunks: partitions.map((chunks) => chunks.length), hashed })
  for (const [partition, chunks] of partitions.entries()) {
    for (const [number, chunk] of chunks.entries()) panes.set(chunkName(timeMs, partition, number), chunk)
  }
}

function drop(panes: RawPanes, range: TimeRange): void {
  for (const { milliseconds } of timesIn(range)) {
    const { chunks } = (panes.get(`${milliseconds}`) ?? { chunks: [] }) as RawPane
    for (const [partition, count] of chunks.entries()) {
      for (let number = 0; number < count; number++) panes.delete(chunkName(milliseconds, partition, number))
    }
    panes.delete(`${milliseconds}`)
  }
}

/** A batch as it was, read from the state. */
function storedNode<T>(panes: RawPanes, timeMs: number): Node<T> | undefined {
  const pane = panes.get(`${timeMs}`) as RawPane | undefined
  if (!pane) return undefined
  const { chunks, hashed } = pane
  async function compute(partition: number, task: Task, emit: Emit<T>): Promise<void> {
    let first = 0
    const origin = { partition, describe: (index: number) => `element ${index + 1} of the batch at ${timeMs} ms` }
    for (let number = 0; number < (chunks[partition] ?? 0); number++) {
      const chunk = ownCopy(panes.get(chunkName(timeMs, partition, number))) as readonly T[]
      await pushAll(chunk, emit, { task, origin, first })
      first += chunk.length
    }
  }
  const partitioner = hashed ? new HashPartitioner(chunks.length) : undefined
  return { partitions: chunks.length, partitioner, dependencies: [], compute }
}

function chunkName(timeMs: number, partition: number, number: number): string {
  return `${timeMs}/${partition}/${number}`
}
