import { SluiceError } from '../../util/errors.ts'
import type { Duration } from '../../util/time.ts'
import type { StreamNode } from '../stream-node.ts'

/** The slide of streams that are combined: they must have one in common. */
export function commonSlide(parents: readonly StreamNode<unknown>[]): Duration {
  const [first, ...others] = parents
  if (!first) {
    throw new SluiceError({ code: 'no-streams', kind: 'invalid', message: 'Empty list of DStreams: give at least one' })
  }
  const other = others.find(({ slideDuration }) => !slideDuration.equals(first.slideDuration))
  if (!other) return first.slideDuration
  throw new SluiceError({
    code: 'different-slides',
    kind: 'invalid',
    message: `Some of the DStreams have different slide durations: ${first.slideDuration} (${first.site}), ${other.slideDuration} (${other.site})`,
  })
}
