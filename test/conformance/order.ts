import type { ExecutableCase, Step } from './case.ts'

const SHUFFLES: ReadonlySet<string> = new Set([
  'cogroup',
  'combineByKey',
  'countByValue',
  'countByValueAndWindow',
  'fullOuterJoin',
  'groupByKey',
  'groupByKeyAndWindow',
  'join',
  'leftOuterJoin',
  'mapWithState',
  'reduceByKey',
  'reduceByKeyAndWindow',
  'repartition',
  'rightOuterJoin',
  'transformWith',
  'updateStateByKey',
])

/** Whether the order of a batch's elements means something: Spark gives shuffled ones in any, until they are sorted. */
export function orderCounts({ unordered = false, params }: ExecutableCase): boolean {
  return !unordered && !isShuffled(params.pipeline)
}

function isShuffled(steps: readonly Step[]): boolean {
  const sinceSorted = steps.slice(steps.findLastIndex(({ op }) => op === 'sortByKey') + 1)
  return sinceSorted.some(
    ({ op, other, others = [], otherPipeline = [] }) =>
      SHUFFLES.has(op) ||
      isShuffled(otherPipeline) ||
      [other, ...others].some((stream) => isShuffled(stream?.pipeline ?? [])),
  )
}
