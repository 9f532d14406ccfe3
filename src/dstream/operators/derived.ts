import type { CallSite } from '../../rdd/call-site.ts'
import type { Node } from '../../rdd/node.ts'
import { andThen } from '../../util/awaitable.ts'
import type { StreamNode } from '../stream-node.ts'

/** As `derivedStream`, of an operation that shuffles what comes from outside: sources place no keys. */
export function gatheredStream<T, U>(
  parent: StreamNode<T>,
  site: CallSite,
  apply: (dataset: Node<T>) => Node<U>,
): StreamNode<U> {
  return { ...derivedStream(parent, site, apply), gathers: true }
}

/** As `derivedStream`, of an operation that takes records one by one and remembers nothing of them. */
export function recordwiseStream<T, U>(
  parent: StreamNode<T>,
  site: CallSite,
  apply: (dataset: Node<T>) => Node<U>,
): StreamNode<U> {
  return { ...derivedStream(parent, site, apply), recordwise: true }
}

/** A stream whose datasets are made from its parent's by one operation on datasets; without a dataset there is none. */
export function derivedStream<T, U>(
  parent: StreamNode<T>,
  site: CallSite,
  apply: (dataset: Node<T>) => Node<U>,
): StreamNode<U> {
  return {
    kind: site.operator,
    site,
    parents: [parent],
    slideDuration: parent.slideDuration,
    compute: (run) => andThen(run.of(parent), (dataset) => dataset?.derive(apply(dataset.node))),
  }
}
