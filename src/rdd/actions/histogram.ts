import { SluiceError } from '../../util/errors.ts'
import type { RunJob } from '../job.ts'
import type { Node } from '../node.ts'
import type { StatCounter } from '../stat-counter.ts'

/** The number of a value's bucket, `undefined` outside all of them. */
type BucketOf = (value: number) => number | undefined

/** Bounds of `count` buckets of equal width between the least and the greatest value; one bucket when these are the same. */
export function evenBuckets({ min, max }: StatCounter, count: number): number[] {
  if (!Number.isSafeInteger(count) || count < 1) {
    throw refused(`The number of buckets must be a whole number of at least 1: ${count}`)
  }
  if (!Number.isFinite(min) || !Number.isFinite(max)) {
    throw refused('Histogram on either an empty RDD or RDD containing +/-infinity or NaN; filter these out first')
  }
  if (min === max) return [min, min]
  return Array.from({ length: count + 1 }, (_, i) => (i === count ? max : min + (i * (max - min)) / count))
}

/** How many values lie in each bucket of equal width: closed on the left, the last one on both sides. */
export async function countEven(node: Node<number>, buckets: readonly number[], run: RunJob): Promise<number[]> {
  checkBounds(buckets)
  const count = buckets.length - 1
  const min = buckets[0] as number
  const max = buckets[count] as number
  const width = (max - min) / count
  return countBuckets(node, { count, run }, (value) => {
    if (!(value >= min && value <= max)) return undefined
    return width === 0 ? 0 : Math.min(Math.floor((value - min) / width), count - 1)
  })
}

/** The same for any bounds, which ascend. Values outside, and NaN, are not counted. */
export async function countWithin(node: Node<number>, buckets: readonly number[], run: RunJob): Promise<number[]> {
  checkBounds(buckets)
  for (const [i, bound] of buckets.entries()) {
    const before = buckets[i - 1]
    if (before !== undefined && !(before < bound)) {
      throw refused(`buckets must be sorted and without duplicates: ${before} before ${bound}`)
    }
  }
  return countBuckets(node, { count: buckets.length - 1, run }, (value) => search(buckets, value))
}

async function countBuckets(
  node: Node<number>,
  { count, run }: { readonly count: number; readonly run: RunJob },
  bucketOf: BucketOf,
): Promise<number[]> {
  const parts = await run({
    node,
    task: async (partition, task) => {
      const counts = new Array<number>(count).fill(0)
      await node.compute(partition, task, (value) => {
        const bucket = bucketOf(value)
        if (bucket !== undefined) counts[bucket] = (counts[bucket] ?? 0) + 1
      })
      return counts
    },
  })
  return Array.from({ length: count }, (_, i) => parts.reduce((sum, part) => sum + (part[i] ?? 0), 0))
}

function search(bounds: readonly number[], value: number): number | undefined {
  const last = bounds.length - 1
  if (!(value >= (bounds[0] as number) && value <= (bounds[last] as number))) return undefined
  let low = 0
  let high = last
  while (high - low > 1) {
    const middle = (low + high) >>> 1
    if (value >= (bounds[middle] as number)) low = middle
    else high = middle
  }
  return low
}

function checkBounds(buckets: readonly number[]): void {
  if (buckets.length < 2) throw refused('buckets array must have at least two elements')
}

function refused(message: string): SluiceError {
  return new SluiceError({ code: 'bad-histogram', kind: 'invalid', message })
}
