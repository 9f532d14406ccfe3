import type { CallSite } from '../../rdd/call-site.ts'
import type { RDD } from '../../rdd/rdd.ts'
import type { StreamNode } from '../stream-node.ts'
import { missingDataset } from './missing-dataset.ts'
import { commonSlide } from './same-slide.ts'

/** The datasets of all parents, one after the other; each must have one. */
export function unionStream<T>(parents: readonly StreamNode<T>[], site: CallSite): StreamNode<T> {
  return {
    kind: site.operator,
    site,
    parents,
    slideDuration: commonSlide(parents),
    recordwise: true,
    async compute(run) {
      const rdds: RDD<T>[] = []
      for (const parent of parents) {
        const rdd = await run.of(parent)
        if (!rdd) throw missingDataset('union', run.batchTime)
        rdds.push(rdd)
      }
      return run.sparkContext.union(rdds)
    },
  }
}
