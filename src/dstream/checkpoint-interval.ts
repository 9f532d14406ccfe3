import type { CallSite } from '../rdd/call-site.ts'
import { SluiceError } from '../util/errors.ts'
import { Duration } from '../util/time.ts'
import type { StreamNode } from './stream-node.ts'

/** Refuses what is no interval at which the stream's data can be checkpointed, with code `bad-checkpoint-interval`. */
export function checkCheckpointInterval(node: StreamNode<unknown>, interval: Duration, site: CallSite): void {
  if (!(interval instanceof Duration)) throw noInterval(interval, site)
  if (node.checkpointable === false) throw notCheckpointable(node, site)
  const slide = node.slideDuration
  if (!interval.greaterEq(slide)) throw badCheckpointInterval(node, interval, 'lower than')
  if (!interval.isMultipleOf(slide)) throw badCheckpointInterval(node, interval, 'not a multiple of')
}

function badCheckpointInterval(
  { slideDuration, site }: StreamNode<unknown>,
  interval: Duration,
  what: 'lower than' | 'not a multiple of',
): SluiceError {
  const wanted = what === 'lower than' ? `at least ${slideDuration}` : 'a multiple of it'
  return refused(
    `The checkpoint interval for ${site} has been set to ${interval} which is ${what} its slide time (${slideDuration}). Please set it to ${wanted}.`,
  )
}

function noInterval(interval: unknown, site: CallSite): SluiceError {
  return refused(`A checkpoint interval is a Duration, as in seconds(10): ${interval} (${site})`)
}

function notCheckpointable({ site: node }: StreamNode<unknown>, site: CallSite): SluiceError {
  return refused(
    `${node} has been marked for checkpointing but its data is persisted by its parent; checkpoint the stream before the window, or after it: ${site}`,
  )
}

function refused(message: string): SluiceError {
  return new SluiceError({ code: 'bad-checkpoint-interval', kind: 'invalid', message })
}
