import { SluiceError } from '../../util/errors.ts'
import { Random } from '../../util/random.ts'
import type { RunJob } from '../job.ts'
import type { Node } from '../node.ts'

export interface SampleRequest {
  readonly withReplacement: boolean
  readonly count: number
  readonly seed: number
  readonly run: RunJob
}

/** A stream of random numbers that no partition has. */
const MERGE_STREAM = 0xffff_ffff

/** Exactly `count` elements drawn at random, in random order; without replacement all of them at most. */
export async function takeSample<T>(node: Node<T>, request: SampleRequest): Promise<T[]> {
  const { count, withReplacement } = request
  if (!Number.isSafeInteger(count) || count < 0) throw badCount(count)
  if (count === 0) return []
  return withReplacement ? drawAgain(node, request) : drawOnce(node, request)
}

interface Drawn<T> {
  readonly record: T
  readonly order: number
}

/** Every element draws a number; the smallest ones make the sample, so that one job does, whatever the size. */
async function drawOnce<T>(node: Node<T>, { count, seed, run }: SampleRequest): Promise<T[]> {
  const smallest = (drawn: Drawn<T>[]): Drawn<T>[] => drawn.sort((a, b) => a.order - b.order).slice(0, count)
  const parts = await run({
    node,
    task: async (partition, task) => {
      const random = new Random(seed, partition)
      let drawn: Drawn<T>[] = []
      let bound = Number.POSITIVE_INFINITY
      await node.compute(partition, task, (record) => {
        const order = random.next()
        if (order >= bound) return
        if (drawn.push({ record, order }) < 2 * count + 1024) return
        drawn = smallest(drawn)
        bound = drawn.at(-1)?.order ?? bound
      })
      return smallest(drawn)
    },
  })
  return smallest(parts.flat(1) as Drawn<T>[]).map(({ record }) => record)
}

/** Places are drawn among all, then fetched: one job counts, the other finds them. */
async function drawAgain<T>(node: Node<T>, { count, seed, run }: SampleRequest): Promise<T[]> {
  const sizes = await run({
    node,
    task: async (partition, task) => {
      let size = 0
      await node.compute(partition, task, () => {
        size++
      })
      return size
    },
  })
  const total = sizes.reduce((a, b) => a + b, 0)
  if (total === 0) return []
  const random = new Random(seed, MERGE_STREAM)
  const places = Array.from({ length: count }, () => random.nextInt(total))
  const wanted = new Set(places)
  const starts = sizes.map((_, partition) => sizes.slice(0, partition).reduce((a, b) => a + b, 0))
  const found = await run({
    node,
    task: async (partition, task) => {
      const records = new Map<number, T>()
      let place = starts[partition] ?? 0
      await node.compute(partition, task, (record) => {
        if (wanted.has(place)) records.set(place, record)
        place++
      })
      return records
    },
  })
  const all = new Map(found.flatMap((records) => [...records]))
  return places.map((place) => all.get(place) as T)
}

function badCount(count: number): SluiceError {
  return new SluiceError({
    code: 'bad-sample-size',
    kind: 'invalid',
    message: `Negative number of elements requested; give a whole number of at least 0: ${count}`,
  })
}
