import type { CallSite } from '../../rdd/call-site.ts'
import { functionFailed } from '../../rdd/failure.ts'
import { SluiceError } from '../../util/errors.ts'
import { excerpt } from '../../util/excerpt.ts'
import type { ForeachFunction, OutputNode, OutputOptions } from '../output-node.ts'
import type { StreamNode } from '../stream-node.ts'
import type { SitedOptions } from './sited-options.ts'

export function foreachOutput<T>(
  stream: StreamNode<T>,
  f: ForeachFunction<T>,
  { name, site }: SitedOptions<OutputOptions>,
): OutputNode {
  if (typeof f !== 'function') throw notAFunction(f, site)
  const fn: ForeachFunction<T> = async (rdd, time, output) => {
    try {
      await f(rdd, time, output)
    } catch (cause) {
      throw functionFailed(site, cause)
    }
    if (rdd.sparkContext.jobsUnderWay > 0) throw notAwaited(site)
  }
  return { kind: 'foreachRDD', site, stream, name, fn: fn as ForeachFunction<unknown> }
}

function notAFunction(got: unknown, site: CallSite): SluiceError {
  return new SluiceError({
    code: 'not-a-function',
    kind: 'invalid',
    message: `foreachRDD takes a function of a dataset, as in foreachRDD(async (rdd, time) => …): ${excerpt(got)} (${site})`,
  })
}

/** The batch would be committed before its side effects are done, and they would be lost if the process ended in between. */
function notAwaited(site: CallSite): SluiceError {
  return new SluiceError({
    code: 'job-not-awaited',
    kind: 'invalid',
    message: `The function ended before a job that it started; return or await the promise of every action: ${site}`,
  })
}
