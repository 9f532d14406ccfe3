import type { CallSite } from '../../rdd/call-site.ts'
import { functionFailed } from '../../rdd/failure.ts'
import { RDD } from '../../rdd/rdd.ts'
import { SluiceError } from '../../util/errors.ts'
import type { Time } from '../../util/time.ts'
import type { BatchRun, StreamNode } from '../stream-node.ts'
import { missingDataset } from './missing-dataset.ts'
import { commonSlide } from './same-slide.ts'

/** Makes a batch's dataset from the parents'. Runs once a batch and wherever its tasks run: it may depend on its arguments only. */
export type TransformFunction<U> = (rdds: readonly RDD<never>[], time: Time) => RDD<U> | Promise<RDD<U>>

/** A stream whose datasets a function makes from those of all its parents, each of which must have one. */
export function transformStream<U>(
  parents: readonly StreamNode<unknown>[],
  f: TransformFunction<U>,
  site: CallSite,
): StreamNode<U> {
  return {
    kind: site.operator,
    site,
    parents,
    slideDuration: commonSlide(parents),
    async compute(run) {
      const rdds: RDD<never>[] = []
      for (const parent of parents) rdds.push(await required(parent, run))
      const result = await called(() => f(rdds, run.batchTime), site)
      if (!(result instanceof RDD)) throw notADataset(result, site)
      return result
    },
  }
}

async function called<R>(call: () => R | Promise<R>, site: CallSite): Promise<R> {
  try {
    return await call()
  } catch (cause) {
    throw functionFailed(site, cause)
  }
}

async function required(parent: StreamNode<unknown>, run: BatchRun): Promise<RDD<never>> {
  const rdd = await run.of(parent)
  if (!rdd) throw missingDataset('transform', run.batchTime)
  return rdd as RDD<never>
}

function notADataset(result: unknown, site: CallSite): SluiceError {
  if (result === null || result === undefined) {
    return new SluiceError({
      code: 'transform-returned-nothing',
      kind: 'invalid',
      message: `Transform function must not return null. Return SparkContext.emptyRDD() instead to represent no element as the result of transformation: ${site}`,
    })
  }
  return new SluiceError({
    code: 'transform-returned-no-dataset',
    kind: 'invalid',
    message: `Transform function must return a dataset: the one it was given, one derived from that, or sparkContext.parallelize(elements), not an action's result or a stream: ${site}`,
  })
}
