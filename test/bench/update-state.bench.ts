import type { DStream } from 'sluice'
import type { Benchmark } from './benchmark.ts'
import { keyedUpdates } from './keyed-updates.ts'
import { type Keeping, MEASURED, stateCosts, WARM_UP } from './state-run.ts'

/** A count for each of a million keys; every batch changes a tenth of them, visits and counts all, and is committed to disk. */
export const updateState: Benchmark = {
  name: 'update-state',
  async run({ say }) {
    say(`${MEASURED} batches after ${WARM_UP}, each beside a Map that is changed and visited …`)
    const costs = await stateCosts(keyedUpdates(WARM_UP + MEASURED), updatedCounts)
    return [
      { metric: 'ms', value: costs.ms, unit: 'ms', reference: costs.loopMs },
      { metric: 'slowest', value: costs.slowestMs, unit: 'ms' },
      { metric: 'bytes', value: costs.bytes, unit: 'bytes' },
      { metric: 'bytes-mean', value: costs.meanBytes, unit: 'bytes' },
    ]
  },
}

export const updatedCounts: Keeping = {
  operation: counts,
  visit: (loop) => void loop.sum(),
}

function counts(updates: DStream<[number, number]>): DStream<unknown> {
  return updates.updateStateByKey<number>((adds, count = 0) => {
    let sum = count
    for (let i = 0; i < adds.length; i++) sum += adds[i] ?? 0
    return sum
  })
}
