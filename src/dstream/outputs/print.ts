import type { CallSite } from '../../rdd/call-site.ts'
import { SluiceError } from '../../util/errors.ts'
import { excerpt } from '../../util/excerpt.ts'
import type { OutputNode, OutputOptions } from '../output-node.ts'
import type { StreamNode } from '../stream-node.ts'
import type { SitedOptions } from './sited-options.ts'

export function printOutput(
  stream: StreamNode<unknown>,
  num: number,
  { name, site }: SitedOptions<OutputOptions>,
): OutputNode {
  if (!Number.isSafeInteger(num) || num < 0) throw badCount(num, site)
  return { kind: 'print', site, stream, name, sink: { kind: 'print', options: { num } } }
}

function badCount(num: number, site: CallSite): SluiceError {
  return new SluiceError({
    code: 'bad-count',
    kind: 'invalid',
    message: `print takes how many elements to show, a whole number from 0, as in print(10): ${excerpt(num)} (${site})`,
  })
}
