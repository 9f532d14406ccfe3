import type { CallSite } from '../../rdd/call-site.ts'
import type { OutputNode, OutputOptions } from '../output-node.ts'
import type { StreamNode } from '../stream-node.ts'

export function printOutput(
  stream: StreamNode<unknown>,
  num: number,
  { name, site }: OutputOptions & { readonly site: CallSite },
): OutputNode {
  return { kind: 'print', site, stream, name, sink: { kind: 'print', options: { num } } }
}
