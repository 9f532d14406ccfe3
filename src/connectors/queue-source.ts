import type { OffsetRange, SourcePlan } from '../checkpoint/plan.ts'
import type { Json } from '../checkpoint/stored.ts'
import { checkItem, type QueueItem, type QueueSourceOptions } from '../dstream/sources/queue-stream.ts'
import type { PlanRequest, Source, SourceDescriptor } from '../ports/source.ts'
import { ownElements } from '../rdd/own-element.ts'
import { RDD } from '../rdd/rdd.ts'
import { SluiceError } from '../util/errors.ts'
import { inChunks } from './in-chunks.ts'

const PLAN_VERSION = 1

/**
 * Opens queue streams. A plan names items by their place in the queue, so that a batch runs again with the same elements,
 * and an application that makes the same queue at each start goes on where it was.
 */
export function openQueueSource({ options }: SourceDescriptor): Source {
  const { queue, oneAtATime = true, defaultRDD, partitions = 1 } = options as Partial<QueueSourceOptions<unknown>>
  if (!Array.isArray(queue)) {
    throw new SluiceError({ code: 'bad-option', kind: 'invalid', message: 'A queue stream needs an array of batches' })
  }
  return new QueueSource({ queue, oneAtATime, defaultRDD, partitions })
}

/** Where an item is: its place in the queue, or the one that stands in when the queue is empty. */
type Place = number | 'default'

class QueueSource implements Source {
  readonly #options: QueueSourceOptions<unknown>
  /** Items that are datasets, computed once. */
  readonly #computed = new Map<Place, Promise<unknown[][]>>()

  constructor(options: QueueSourceOptions<unknown>) {
    this.#options = options
  }

  async plan({ position }: PlanRequest): Promise<SourcePlan> {
    const { queue, oneAtATime } = this.#options
    const start = position === undefined ? 0 : consumed(position)
    if (start > queue.length) throw queueShorter(start, queue.length)
    const end = oneAtATime ? Math.min(start + 1, queue.length) : queue.length
    const places = Array.from({ length: end - start }, (_, i) => start + i)
    const datasets = places.filter((place) => isDataset(queue[place]))
    const ranges = places.length > 0 ? datasets.flatMap((place) => this.#ranges(place)) : this.#ranges('default')
    const counts = ranges.map(({ records }) => records)
    return {
      kind: 'queue',
      version: PLAN_VERSION,
      ranges,
      next: { consumed: end },
      ...(counts.includes(undefined) ? {} : { records: counts.reduce<number>((sum, n = 0) => sum + n, 0) }),
      more: end < queue.length,
      ...(places.length > 0 ? {} : { repeats: true as const }),
      ...(places.length > 0 && datasets.length === 0 ? { noDataset: true as const } : {}),
    }
  }

  #item(place: Place): QueueItem<unknown> {
    // Spark's own default is an empty dataset of one partition; null stands for one without any.
    return checkItem(place === 'default' ? this.#options.defaultRDD : this.#options.queue[place])
  }

  #ranges(place: Place): OffsetRange[] {
    const item = this.#item(place)
    if (item === undefined) return [rangeOf(place, 0, { start: 0, end: 0 })]
    if (item === null) return []
    if (item instanceof RDD) {
      return Array.from({ length: item.getNumPartitions() }, (_, partition) => rangeOf(place, partition))
    }
    const { partitions } = this.#options
    const cut = (partition: number) => Math.floor((partition * item.length) / partitions)
    return Array.from({ length: partitions }, (_, partition) =>
      rangeOf(place, partition, { start: cut(partition), end: cut(partition + 1) }),
    )
  }

  /** The queue's own elements outlive the batch: a function that changed them would change what it is given the next time. */
  async *read(range: OffsetRange, signal: AbortSignal): AsyncGenerator<readonly unknown[]> {
    for (const chunk of inChunks(await this.#elements(range), signal)) yield ownElements(chunk)
  }

  async #elements(range: OffsetRange): Promise<readonly unknown[]> {
    const { place, partition, start, end } = bounds(range)
    const item = this.#item(place)
    if (item instanceof RDD) return (await this.#compute(place, item))[partition] ?? []
    const elements = item?.slice(start, end) ?? []
    if (elements.length === end - start) return elements
    throw new SluiceError({
      code: 'source-changed',
      kind: 'data',
      message: `The queue no longer holds what this batch must read; make the same queue at each start, or skip the batch: ${range.partition}`,
    })
  }

  #compute(place: Place, rdd: RDD<unknown>): Promise<unknown[][]> {
    const known = this.#computed.get(place)
    if (known !== undefined) return known
    const computed = rdd.sparkContext.runJob(rdd, (records) => records)
    this.#computed.set(place, computed)
    // Whoever reads hears of the failure; the next attempt at the batch tries again.
    computed.catch(() => this.#computed.delete(place))
    return computed
  }

  describe(range: OffsetRange, index: number): string {
    return `element ${bounds(range).start + index + 1} of ${range.partition} of the queue`
  }

  async close(): Promise<void> {
    this.#computed.clear()
  }
}

function isDataset(item: QueueItem<unknown>): boolean {
  return item !== null && item !== undefined
}

/** Bounds are those of elements in the item; of a dataset's partition they are not known before it is computed. */
function rangeOf(place: Place, partition: number, bounds?: { start: number; end: number }): OffsetRange {
  const name = place === 'default' ? 'the default item' : `item ${place + 1}`
  const { start, end } = bounds ?? { start: 0, end: 0 }
  return {
    partition: bounds === undefined ? `${name}, partition ${partition}` : name,
    from: { item: place, partition, offset: start },
    until: { item: place, partition, offset: end },
    ...(bounds === undefined ? {} : { records: end - start }),
  }
}

function bounds({ from, until }: OffsetRange): { place: Place; partition: number; start: number; end: number } {
  const { item, partition, offset } = from as { item: Place; partition: number; offset: number }
  return { place: item, partition, start: offset, end: (until as { offset: number }).offset }
}

function consumed(position: Json): number {
  return (position as { consumed: number }).consumed
}

function queueShorter(consumed: number, length: number): SluiceError {
  return new SluiceError({
    code: 'queue-shorter',
    kind: 'invalid',
    message: `The queue holds fewer batches than were read before the restart; fill it the same way at each start, or use a source that keeps its data: ${length} instead of at least ${consumed}`,
  })
}
