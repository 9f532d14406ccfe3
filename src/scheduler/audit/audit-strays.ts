import type { PlacedBatch, Sink } from '../../ports/sink.ts'
import { messageOf } from '../../util/errors.ts'
import type { Audit } from './audit.ts'
import { damage, note } from './finding.ts'

/**
 * Output that readers find where the application publishes, and that no retained batch has published: of a batch time between
 * theirs, or after the last. What is older may be of batches that are no longer retained. Told only where all of these can be read.
 */
export async function auditStrays(audit: Audit): Promise<void> {
  const { runtime, options, findings } = audit
  if (options.quick || [...findings].some(({ severity, code }) => severity === 'damage' && !code.startsWith('output-')))
    return
  for (const { name, node } of runtime.graph.outputs)
    if (node.sink !== undefined) await auditPlaces(audit, runtime.openSink(node.sink, name))
}

async function auditPlaces(audit: Audit, sink: Sink): Promise<void> {
  const found = await sink.strays?.(audit.published, audit.options).catch((error: unknown) => messageOf(error))
  audit.options.signal.throwIfAborted()
  if (typeof found === 'string')
    return audit.add(note('output-not-looked-at', `What lies beside an output cannot be looked at from here: ${found}`))
  const [stray, ...more] = await certain(audit, found ?? [])
  if (stray === undefined) return
  const many = more.length === 0 ? '' : `${more.length + 1} batch times, as `
  audit.add(damage('output-foreign', `${STRAY}: ${many}${stray.destination}`, stray.batchTime))
}

/** What was published since the head was read is of batches that the head of now has: it is read after the places were listed. */
async function certain({ runtime, head }: Audit, found: readonly PlacedBatch[]): Promise<PlacedBatch[]> {
  if (found.length === 0) return []
  const now = await runtime.register.read(runtime.app)
  const seen = head.committed?.attempt.batchTime ?? head.zeroTime
  const last = now?.committed?.attempt.batchTime ?? Number.POSITIVE_INFINITY
  return found.filter(({ batchTime }) => batchTime <= seen || batchTime > last)
}

const STRAY =
  'Output that no retained batch has published lies among theirs, or after the last, and readers take it for output; move it away, unless another application writes there, too'
