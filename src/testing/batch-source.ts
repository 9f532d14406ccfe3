import type { OffsetRange, SourcePlan } from '../checkpoint/plan.ts'
import type { Chunks, PlanRequest, Source } from '../ports/source.ts'
import { ownElements } from '../rdd/own-element.ts'

/** The elements of one batch; `undefined` and `null` are batches without a dataset (Spark's None), unlike `[]`. */
export type Batch<T> = readonly T[] | null | undefined

/** What a stream of batches that a test gives is opened with. */
export interface BatchSourceOptions {
  readonly batches: readonly Batch<unknown>[]
  readonly partitions: number
  /** Makes an element of a given one, as the replaced source would. */
  readonly decode?: (element: unknown) => unknown
}

interface Place {
  readonly batch: number
  readonly offset: number
}

/** One given array a batch, cut into partitions as `parallelize` cuts; empty datasets when there are no more. */
export class BatchSource implements Source {
  readonly #options: BatchSourceOptions

  constructor(options: BatchSourceOptions) {
    this.#options = options
  }

  async plan({ position }: PlanRequest): Promise<SourcePlan> {
    const { batches } = this.#options
    const batch = position === undefined ? 0 : (position as { batch: number }).batch
    const given = batch < batches.length
    const elements = given ? batches[batch] : []
    const missing = elements === undefined || elements === null
    return {
      kind: 'batches',
      version: 1,
      ranges: missing ? [] : this.#ranges(batch, elements.length),
      next: { batch: given ? batch + 1 : batch },
      records: elements?.length ?? 0,
      // A batch without a dataset is a batch, too: without this, the last one would pass for "nothing new".
      more: batch + 1 < batches.length || (given && missing),
      ...(missing ? { noDataset: true as const } : {}),
    }
  }

  read(range: OffsetRange): Chunks<unknown> {
    const from = range.from as unknown as Place
    const elements = this.#options.batches[from.batch]?.slice(from.offset, (range.until as unknown as Place).offset)
    if (elements === undefined || elements.length === 0) return []
    const { decode } = this.#options
    const own = ownElements(elements)
    return [decode === undefined ? own : own.map(decode)]
  }

  describe({ from }: OffsetRange, index: number): string {
    const { batch, offset } = from as unknown as Place
    return `element ${offset + index + 1} of input batch ${batch + 1}`
  }

  async close(): Promise<void> {}

  #ranges(batch: number, length: number): OffsetRange[] {
    const { partitions } = this.#options
    const cut = (partition: number) => Math.floor((partition * length) / partitions)
    return Array.from({ length: partitions }, (_, partition) => ({
      partition: `${batch}/${partition}`,
      from: { batch, offset: cut(partition) },
      until: { batch, offset: cut(partition + 1) },
      records: cut(partition + 1) - cut(partition),
    }))
  }
}
