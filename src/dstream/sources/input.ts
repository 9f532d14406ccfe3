import type { SourceDescriptor } from '../../ports/source.ts'
import type { CallSite } from '../../rdd/call-site.ts'
import type { RDD } from '../../rdd/rdd.ts'
import type { Duration } from '../../util/time.ts'
import type { StreamNode } from '../stream-node.ts'
import { badRecordQuota } from './bad-records.ts'

/** A stream that comes from outside; whoever runs the batch brings the dataset. */
export function inputStream<T>(source: SourceDescriptor, batchInterval: Duration, site: CallSite): StreamNode<T> {
  badRecordQuota(source)
  const node: StreamNode<T> = {
    kind: site.operator,
    site,
    parents: [],
    slideDuration: batchInterval,
    source,
    compute: (run) => run.input(node) as RDD<T> | undefined,
  }
  return node
}
