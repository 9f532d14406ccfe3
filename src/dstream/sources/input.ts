import type { SourceDescriptor } from '../../ports/source.ts'
import type { CallSite } from '../../rdd/call-site.ts'
import type { RDD } from '../../rdd/rdd.ts'
import { SluiceError } from '../../util/errors.ts'
import { excerpt } from '../../util/excerpt.ts'
import { type OptionsForm, optionObject } from '../../util/option-object.ts'
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

const SOURCE_FORM: OptionsForm<SourceDescriptor> = {
  example: "inputStream({ kind: 'queue', options: { queue: [['row', 'boat']] } })",
  names: { kind: true, options: true },
}

/** Refuses what names no source, with code `bad-option`. */
export function checkSource(source: SourceDescriptor): SourceDescriptor {
  const { kind, options } = optionObject(source, 'inputStream', SOURCE_FORM)
  if (typeof kind === 'string' && typeof options === 'object' && options !== null) return source
  throw new SluiceError({
    code: 'bad-option',
    kind: 'invalid',
    message: `inputStream takes a kind of source and the options of that, as in ${SOURCE_FORM.example}: ${excerpt(source)}`,
  })
}
