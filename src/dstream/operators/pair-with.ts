import type { CallSite } from '../../rdd/call-site.ts'
import { pipedNode } from '../../rdd/node.ts'
import type { StreamNode } from '../stream-node.ts'
import { recordwiseStream } from './derived.ts'

/** Pairs of what `key` and `value` make of each element: for operators that are made of others. */
export function pairWithStream<T, K, V>(
  parent: StreamNode<T>,
  { key, value, site }: { readonly key: (element: T) => K; readonly value: (element: T) => V; readonly site: CallSite },
): StreamNode<[K, V]> {
  return recordwiseStream(parent, site, (dataset) =>
    pipedNode<T, [K, V]>(dataset, (next) => (element) => next([key(element), value(element)])),
  )
}
