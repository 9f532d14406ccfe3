import type { CallSite } from '../call-site.ts'
import { type Node, pipedNode } from '../node.ts'
import type { Partitioner } from '../partitioner.ts'
import { cogroupNode } from './cogroup.ts'

type Sides<K, V, W> = readonly [Node<[K, V]>, Node<[K, W]>]

/** Whose keys stay although the other side does not have them. */
export type OuterSide = 'left' | 'right' | 'both'

/** Every pairing of a key's values on the left with its values on the right. */
export function joinNode<K, V, W>(sides: Sides<K, V, W>, partitioner: Partitioner, site: CallSite): Node<[K, [V, W]]> {
  return pairings(sides, partitioner, { site, lefts: (values) => values, rights: (values) => values })
}

/** The same, and each value of the outer sides that finds none on the other, beside `undefined`. */
export function outerJoinNode<K, V, W>(
  sides: Sides<K, V, W>,
  partitioner: Partitioner,
  { outer, site }: { readonly outer: OuterSide; readonly site: CallSite },
): Node<[K, [V | undefined, W | undefined]]> {
  const lefts = outer === 'left' ? (values: V[]) => values : orNothing<V>
  const rights = outer === 'right' ? (values: W[]) => values : orNothing<W>
  return pairings(sides, partitioner, { site, lefts, rights })
}

function orNothing<V>(values: V[]): (V | undefined)[] {
  return values.length > 0 ? values : [undefined]
}

interface Pairing<V, W, A, B> {
  readonly site: CallSite
  readonly lefts: (values: V[]) => A[]
  readonly rights: (values: W[]) => B[]
}

function pairings<K, V, W, A, B>(
  sides: Sides<K, V, W>,
  partitioner: Partitioner,
  { site, lefts, rights }: Pairing<V, W, A, B>,
): Node<[K, [A, B]]> {
  const attach = (next: (record: [K, [A, B]]) => void) => (record: [K, unknown[][]]) => {
    const [key, [left = [], right = []]] = record
    const others = rights(right as W[])
    for (const one of lefts(left as V[])) for (const other of others) next([key, [one, other]])
  }
  return pipedNode(cogroupNode(sides, partitioner, site), attach, { keepsPartitioner: true })
}
