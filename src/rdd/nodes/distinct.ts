import type { CallSite } from '../call-site.ts'
import { OperatorFailure } from '../failure.ts'
import { KeyTable } from '../key-table.ts'
import { type Emit, type Node, pipedNode } from '../node.ts'
import { HashPartitioner, type Partitioner } from '../partitioner.ts'
import { combineByKeyNode } from './combine-by-key.ts'

/** Each element once, compared by value as keys are; nothing moves where pairs are placed by key already, and their number stays. */
export function distinctNode<T>(parent: Node<T>, partitions: number, site: CallSite): Node<T> {
  if (parent.partitioner && partitions === parent.partitions) return distinctWithin(parent, site)
  const keyed = pipedNode<T, [T, null]>(parent, (next) => (record) => next([record, null]))
  const distinct = distinctKeysNode(keyed, new HashPartitioner(partitions), site)
  return pipedNode(distinct, (next) => (pair) => next(pair[0]))
}

function distinctWithin<T>(parent: Node<T>, site: CallSite): Node<T> {
  const attach = (next: Emit<T>): Emit<T> => {
    const seen = new KeyTable<T, null>()
    const isNew = (record: T): boolean => {
      if (seen.find(record) >= 0) return false
      seen.add(record, null)
      return true
    }
    return (record) => {
      if (guarded(isNew, record, site)) next(record)
    }
  }
  return pipedNode(parent, attach, { keepsPartitioner: true })
}

function guarded<T, R>(f: (record: T) => R, record: T, site: CallSite): R {
  try {
    return f(record)
  } catch (cause) {
    throw new OperatorFailure(site, cause)
  }
}

/** Each key once, where the partitioner wants it; duplicates go before they are moved. */
export function distinctKeysNode<K>(
  parent: Node<[K, unknown]>,
  partitioner: Partitioner,
  site: CallSite,
): Node<[K, null]> {
  const keep = (): null => null
  const aggregator = { createCombiner: keep, mergeValue: keep, mergeCombiners: keep }
  return combineByKeyNode<K, unknown, null>(parent, { aggregator, partitioner, site })
}
