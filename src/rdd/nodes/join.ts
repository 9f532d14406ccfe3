import { elementText } from '../../util/text.ts'
import type { CallSite } from '../call-site.ts'
import { chunksOf } from '../chunks.ts'
import { located } from '../failure.ts'
import { CHUNK_RECORDS, type Emit, type Node, narrow, type Task } from '../node.ts'
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
  const groups = cogroupNode(sides, partitioner, site)
  async function compute(partition: number, task: Task, emit: Emit<[K, [A, B]]>): Promise<void> {
    let emitted = 0
    for await (const chunk of chunksOf(groups, partition, task)) {
      for (const [key, [left = [], right = []]] of chunk) {
        const pairs = { key, lefts: lefts(left as V[]), rights: rights(right as W[]), partition }
        // By what comes out: a thousand values of one key on either side are a million pairings.
        for (let from = 0; from < pairs.lefts.length * pairs.rights.length; from += CHUNK_RECORDS) {
          emitted += pushPairs(pairs, from, emit)
          if (emitted >= CHUNK_RECORDS) await task.pause()
          emitted %= CHUNK_RECORDS
        }
      }
    }
  }
  const { partitions } = groups
  return { partitions, partitioner, dependencies: [narrow(groups)], compute }
}

/** Every value of the left with every one of the right, in the order of the left. */
interface Pairs<K, A, B> {
  readonly key: K
  readonly lefts: readonly A[]
  readonly rights: readonly B[]
  readonly partition: number
}

/** A chunk of them; returns how many there are in it. */
function pushPairs<K, A, B>(
  { key, lefts, rights, partition }: Pairs<K, A, B>,
  from: number,
  emit: Emit<[K, [A, B]]>,
): number {
  const until = Math.min(from + CHUNK_RECORDS, lefts.length * rights.length)
  try {
    for (let at = from; at < until; at++)
      emit([key, [lefts[Math.floor(at / rights.length)] as A, rights[at % rights.length] as B]])
  } catch (thrown) {
    throw located(thrown, partition, () => `key ${elementText(key)}`)
  }
  return until - from
}
