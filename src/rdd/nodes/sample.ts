import { SluiceError } from '../../util/errors.ts'
import { Random } from '../../util/random.ts'
import { type Emit, type Node, pipedNode } from '../node.ts'

/** e^-mean must not underflow: a larger mean is drawn as a sum. */
const MAX_MEAN = 500

export interface SampleOptions {
  readonly withReplacement: boolean
  /** Without replacement, the chance of each element; with, how often each is expected. */
  readonly fraction: number
  readonly seed: number
}

/** Each element as often as chance has it, the same for the same seed and the same partitions. */
export function sampleNode<T>(parent: Node<T>, { withReplacement, fraction, seed }: SampleOptions): Node<T> {
  checkFraction(fraction, withReplacement)
  return pipedNode(
    parent,
    (next, partition) => {
      const random = new Random(seed, partition)
      return withReplacement ? poisson(next, fraction, random) : bernoulli(next, fraction, random)
    },
    { keepsPartitioner: true },
  )
}

function bernoulli<T>(next: Emit<T>, fraction: number, random: Random): Emit<T> {
  return (record) => {
    if (random.next() < fraction) next(record)
  }
}

function poisson<T>(next: Emit<T>, mean: number, random: Random): Emit<T> {
  return (record) => {
    for (let times = drawPoisson(mean, random); times > 0; times--) next(record)
  }
}

/** Knuth's method: as many steps as the outcome, all of which are then elements. */
export function drawPoisson(mean: number, random: Random): number {
  let count = 0
  for (let rest = mean; rest > 0; rest -= MAX_MEAN) {
    const end = Math.exp(-Math.min(rest, MAX_MEAN))
    for (let product = random.next(); product > end; product *= random.next()) count++
  }
  return count
}

/** Refuses what is no share, in Spark's words. */
export function checkFraction(fraction: number, withReplacement: boolean): void {
  if (fraction >= 0 && (withReplacement ? fraction < Number.POSITIVE_INFINITY : fraction <= 1)) return
  const message =
    fraction > 1
      ? `Sampling fraction (${fraction}) must be on interval [0, 1] without replacement`
      : `Fraction must be nonnegative, but got ${fraction}`
  throw new SluiceError({ code: 'bad-fraction', kind: 'invalid', message })
}

/** The parts of a dataset in proportion to the weights: each element is in exactly one. */
export function randomSplitNodes<T>(parent: Node<T>, weights: readonly number[], seed: number): Node<T>[] {
  const total = checkWeights(weights)
  let sum = 0
  return weights.map((weight) => {
    const from = sum / total
    sum += weight
    return cellNode(parent, { from, until: sum / total }, seed)
  })
}

/** All parts draw the same numbers, and each keeps those of its own range. */
function cellNode<T>(
  parent: Node<T>,
  { from, until }: { readonly from: number; readonly until: number },
  seed: number,
): Node<T> {
  const attach = (next: Emit<T>, partition: number): Emit<T> => {
    const random = new Random(seed, partition)
    return (record) => {
      const drawn = random.next()
      if (drawn >= from && drawn < until) next(record)
    }
  }
  return pipedNode(parent, attach, { keepsPartitioner: true })
}

function checkWeights(weights: readonly number[]): number {
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const allOfThem = `[${weights.join(',')}]`
  if (!weights.every((weight) => weight >= 0)) throw badWeights(`Weights must be nonnegative, but got ${allOfThem}`)
  if (!(total > 0 && total < Number.POSITIVE_INFINITY)) {
    throw badWeights(`Sum of weights must be positive, but got ${allOfThem}`)
  }
  return total
}

function badWeights(message: string): SluiceError {
  return new SluiceError({ code: 'bad-weights', kind: 'invalid', message })
}
