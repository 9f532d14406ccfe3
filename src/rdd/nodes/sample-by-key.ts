import { SluiceError } from '../../util/errors.ts'
import { Random } from '../../util/random.ts'
import { elementText } from '../../util/text.ts'
import type { CallSite } from '../call-site.ts'
import { OperatorFailure } from '../failure.ts'
import { KeyTable } from '../key-table.ts'
import { type Emit, type Node, pipedNode } from '../node.ts'
import { checkFraction, drawPoisson } from './sample.ts'

export interface SampleByKeyOptions<K> {
  readonly withReplacement: boolean
  /** One for each key; a `Map`, or pairs. */
  readonly fractions: Iterable<readonly [K, number]>
  readonly seed: number
  readonly site: CallSite
}

/** Each pair as often as chance has it, at its key's own rate. */
export function sampleByKeyNode<K, V>(parent: Node<[K, V]>, options: SampleByKeyOptions<K>): Node<[K, V]> {
  const { withReplacement, seed, site } = options
  const fractions = fractionsOf(options)
  const attach = (next: Emit<[K, V]>, partition: number): Emit<[K, V]> => {
    const random = new Random(seed, partition)
    return (pair) => {
      const fraction = fractionOf(fractions, pair[0], site)
      let times = withReplacement ? drawPoisson(fraction, random) : Number(random.next() < fraction)
      for (; times > 0; times--) next(pair)
    }
  }
  return pipedNode(parent, attach, { keepsPartitioner: true })
}

export function fractionsOf<K>({ fractions, withReplacement }: SampleByKeyOptions<K>): KeyTable<K, number> {
  const table = new KeyTable<K, number>()
  for (const [key, fraction] of fractions) {
    checkFraction(fraction, withReplacement)
    table.set(key, fraction)
  }
  return table
}

/** A key's rate; there must be one, as in Spark: leaving a key out is more often a mistake than a zero. */
export function fractionOf<K>(fractions: KeyTable<K, number>, key: K, site: CallSite): number {
  const fraction = fractions.get(key)
  if (fraction !== undefined) return fraction
  const message = `A sample by key needs a fraction for every key, 0 for those to leave out: ${elementText(key)}`
  throw new OperatorFailure(site, new SluiceError({ code: 'no-fraction', kind: 'invalid', message }))
}
