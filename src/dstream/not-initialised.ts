import { SluiceError } from '../util/errors.ts'
import type { StreamNode } from './stream-node.ts'

/** Spark's word for a stream that nothing runs. */
export function notInitialised({ kind, site }: StreamNode<unknown>): SluiceError {
  return new SluiceError({
    code: 'not-initialized',
    kind: 'invalid',
    message: `${kind} has not been initialized; nothing that has started uses it in an output: ${site}`,
  })
}
