import type { CallSite } from '../../rdd/call-site.ts'
import type { ForeachFunction, OutputNode, OutputOptions } from '../output-node.ts'
import type { StreamNode } from '../stream-node.ts'

export function foreachOutput<T>(
  stream: StreamNode<T>,
  f: ForeachFunction<T>,
  { name, site }: OutputOptions & { readonly site: CallSite },
): OutputNode {
  return { kind: 'foreachRDD', site, stream, name, fn: f as ForeachFunction<unknown> }
}
