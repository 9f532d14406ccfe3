import { type DStream, minutes, type State, StateSpec } from 'sluice'
import type { Benchmark } from './benchmark.ts'
import { keyedUpdates } from './keyed-updates.ts'
import { columnCosts, type Keeping, MEASURED, stateCosts, WARM_UP } from './state-run.ts'

/** The same counts by `mapWithState`, which looks at the keys of the batch only. */
export const mapWithState: Benchmark = {
  name: 'map-with-state',
  async run({ say }) {
    say(`${MEASURED} batches after ${WARM_UP}, each beside a Map that is changed …`)
    const batches = keyedUpdates(WARM_UP + MEASURED)
    const costs = await stateCosts(batches, mappedCounts)
    const least = await columnCosts(batches)
    return [
      { metric: 'ms', value: costs.ms, unit: 'ms', reference: costs.loopMs },
      { metric: 'ms-least', value: least.ms, unit: 'ms', reference: least.loopMs },
      { metric: 'slowest', value: costs.slowestMs, unit: 'ms' },
      { metric: 'bytes', value: costs.bytes, unit: 'bytes' },
      { metric: 'bytes-mean', value: costs.meanBytes, unit: 'bytes' },
    ]
  },
}

export const mappedCounts: Keeping = {
  operation: (updates: DStream<[number, number]>) =>
    updates.mapWithState(
      StateSpec.function((_key: number, add: number | undefined, state: State<number>) => {
        const count = (state.getOption() ?? 0) + (add ?? 0)
        if (!state.isTimingOut()) state.update(count)
        return count
      }).timeout(minutes(60)),
    ),
  visit: () => {},
}
