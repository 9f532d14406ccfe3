import type { RDD } from '../../rdd/rdd.ts'
import type { BatchRun, StreamNode } from '../stream-node.ts'
import { type KeyedStateForm, keyedForm } from './keyed-form.ts'

/** What a batch does to state by key, and what comes of it. */
export interface KeyedStateSteps<T> {
  /** Called exactly once in each batch. */
  advance(run: BatchRun): Promise<void>
  /** The dataset of a batch whose state has moved on. */
  results(run: BatchRun): RDD<T> | Promise<RDD<T> | undefined>
}

/** A stream with state by key, which moves on with every batch of its parent, whoever asks for what comes of it. */
export function keyedStateStream<T, S>(
  parent: StreamNode<unknown>,
  operator: KeyedStateForm<S>,
  { advance, results }: KeyedStateSteps<T>,
): StreamNode<T> {
  const { partitioner, site, versions } = operator
  const { numPartitions: partitions } = partitioner
  const node: StreamNode<T> = {
    kind: site.operator,
    site,
    parents: [parent],
    slideDuration: parent.slideDuration,
    settings: { partitions, ...(versions.stateVersion === undefined ? {} : { stateVersion: versions.stateVersion }) },
    state: { every: parent.slideDuration, partitions, mustCheckpoint: true, advance, form: keyedForm(operator) },
    async compute(run) {
      await run.advanced(node)
      return results(run)
    },
  }
  return node
}
