import type { CallSite } from '../../rdd/call-site.ts'
import { functionFailed } from '../../rdd/failure.ts'
import type { ForeachFunction, OutputNode, OutputOptions } from '../output-node.ts'
import type { StreamNode } from '../stream-node.ts'

export function foreachOutput<T>(
  stream: StreamNode<T>,
  f: ForeachFunction<T>,
  { name, site }: OutputOptions & { readonly site: CallSite },
): OutputNode {
  const fn: ForeachFunction<T> = async (rdd, time, output) => {
    try {
      await f(rdd, time, output)
    } catch (cause) {
      throw functionFailed(site, cause)
    }
  }
  return { kind: 'foreachRDD', site, stream, name, fn: fn as ForeachFunction<unknown> }
}
