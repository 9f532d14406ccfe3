import { SluiceError } from '../util/errors.ts'
import { Random } from '../util/random.ts'
import { located } from './failure.ts'
import type { Node, RunTasks } from './node.ts'
import { type Compare, naturalOrder } from './ordering.ts'
import { checkPartitions, type Partitioner } from './partitioner.ts'

/** Keys looked at per resulting partition: enough for even ranges, few enough to keep. */
const SAMPLE_PER_PARTITION = 60

/**
 * Partitions by ranges of keys of about equal size, in their order; equal keys stay together. The ranges come from a
 * sample of a dataset of pairs, taken when a shuffle first needs them; with fewer different keys than partitions, the
 * last ones stay empty.
 *
 * @example
 * ```ts
 * const ages = new SparkContext().parallelize<[number, string]>([[31, 'ann'], [8, 'bob'], [64, 'cy'], [19, 'di']])
 * const placed = ages.partitionBy(new RangePartitioner(2, ages))
 * placed.keys().glom() // [[8, 19], [31, 64]]
 * ```
 */
export class RangePartitioner<K> implements Partitioner {
  readonly numPartitions: number
  readonly #compare: Compare<K>
  readonly #node: Node<[K, unknown]>
  #bounds: readonly K[] | undefined
  #cutting: Promise<void> | undefined

  /** `compare` is the natural order unless it is given; `ascending` turns it round. */
  constructor(
    partitions: number,
    rdd: { readonly node: Node<[K, unknown]> },
    ascending = true,
    compare: Compare<K> = naturalOrder,
  ) {
    this.numPartitions = checkPartitions(partitions)
    this.#node = rdd.node
    this.#compare = ascending ? compare : (a, b) => compare(b, a)
    if (partitions === 1) this.#bounds = []
  }

  /** Takes the sample, once. */
  async prepare(run: RunTasks): Promise<void> {
    if (this.#bounds) return
    this.#cutting ??= sampleKeys(this.#node, this.numPartitions, run).then((sample) => {
      this.#bounds = this.#cut(sample)
    })
    try {
      await this.#cutting
    } catch (error) {
      this.#cutting = undefined
      throw error
    }
  }

  /** The number of bounds that are not after the key; throws `ranges-unknown` before there are any. */
  partition(key: unknown): number {
    if (!this.#bounds) throw rangesUnknown()
    let low = 0
    let high = this.#bounds.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#compare(this.#bounds[middle] as K, key as K) <= 0) low = middle + 1
      else high = middle
    }
    return low
  }

  /** Whether the other is this very one: samples of other data have other bounds. */
  equals(other: Partitioner | undefined): boolean {
    return other === this
  }

  #cut(sample: K[]): K[] {
    try {
      sample.sort(this.#compare)
    } catch (thrown) {
      // No task runs this, and so none says where it failed.
      throw located(thrown, 0, () => 'the sample of the keys')
    }
    const bounds: K[] = []
    for (let i = 1; i < this.numPartitions && sample.length > 0; i++) {
      const bound = sample[Math.min(sample.length - 1, Math.floor((i * sample.length) / this.numPartitions))] as K
      if (bounds.length === 0 || this.#compare(bounds.at(-1) as K, bound) < 0) bounds.push(bound)
    }
    return bounds
  }
}

/** A fair sample of each partition's keys (reservoir), the same in every run. */
async function sampleKeys<K>(node: Node<[K, unknown]>, ranges: number, run: RunTasks): Promise<K[]> {
  const size = Math.ceil((SAMPLE_PER_PARTITION * ranges) / Math.max(1, node.partitions))
  const samples = await run(node, async (partition, task) => {
    const random = new Random(size, partition)
    const sample: K[] = []
    let seen = 0
    await node.compute(partition, task, (pair) => {
      const place = seen < size ? seen : random.nextInt(seen + 1)
      if (place < size) sample[place] = pair[0]
      seen++
    })
    return sample
  })
  return samples.flat(1) as K[]
}

function rangesUnknown(): SluiceError {
  return new SluiceError({
    code: 'ranges-unknown',
    kind: 'invalid',
    message:
      'A RangePartitioner knows its ranges only after a shuffle by it has begun; run an action on such a dataset first',
  })
}
