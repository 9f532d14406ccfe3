import type { CallSite } from '../../rdd/call-site.ts'
import type { OutputNode, OutputOptions } from '../output-node.ts'
import type { StreamNode } from '../stream-node.ts'

export function textFilesOutput(
  stream: StreamNode<unknown>,
  destination: { readonly prefix: string; readonly suffix: string },
  { name, site }: OutputOptions & { readonly site: CallSite },
): OutputNode {
  const { prefix, suffix } = destination
  const place = `${prefix}-TIME${suffix === '' ? '' : `.${suffix}`}`
  return { kind: 'saveAsTextFiles', site, stream, name, sink: { kind: 'text', options: destination }, place }
}
