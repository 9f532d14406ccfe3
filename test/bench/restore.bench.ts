import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { localEnvironment } from 'sluice/local'
import type { Benchmark, BenchmarkContext, Figure } from './benchmark.ts'
import { countedStore } from './counted-store.ts'
import { KEYS, keyedUpdates, type Update } from './keyed-updates.ts'
import { mappedCounts } from './map-with-state.bench.ts'
import { alternate } from './rounds.ts'
import { type Keeping, runBatches, withDirectory } from './state-run.ts'
import { touchedFigures } from './touched-figures.ts'
import { updatedCounts } from './update-state.bench.ts'

const ROUNDS = { warmUp: 2, measured: 7 }
/** Enough for snapshots and changelogs after them. */
const HISTORY = 12
const QUIET = { debug() {}, info() {}, warn() {}, error() {} }

/**
 * One batch of one record by a process that holds nothing, with a million keys of state: of `mapWithState`, which brings back
 * what it needs, and of `updateStateByKey`, which visits them all. Then a thousand records, with ten million keys, for each.
 */
export const restore: Benchmark = {
  name: 'restore',
  async run(context) {
    const mapped = await millionFigures(context, { keeping: mappedCounts, suffix: '' })
    const updated = await millionFigures(context, { keeping: updatedCounts, suffix: '-whole' })
    const touched = await touchedFigures('touched', context)
    return [...mapped, ...updated, ...touched, ...(await touchedFigures('walked', context))]
  },
}

function millionFigures(
  { say }: BenchmarkContext,
  { keeping, suffix }: { readonly keeping: Keeping; readonly suffix: string },
): Promise<readonly Figure[]> {
  return withDirectory(async (directory) => {
    say(`${ROUNDS.measured} rounds, each beside a file of pairs that is read into a Map …`)
    const checkpoint = join(directory, 'checkpoint')
    const batches = keyedUpdates(HISTORY)
    await runBatches(batches, keeping, localEnvironment({ checkpoint, log: QUIET }))
    const pairs = join(directory, 'pairs')
    writeFileSync(
      pairs,
      Float64Array.from({ length: 2 * KEYS }, (_, i) => (i % 2 === 0 ? i / 2 : 1)),
    )
    let bytes = 0
    const ours = async (): Promise<void> => {
      batches.push([[0, 1]] satisfies Update[])
      const environment = localEnvironment({ checkpoint, log: QUIET })
      const { store, read } = countedStore(environment.checkpoint)
      await runBatches(batches, keeping, { ...environment, checkpoint: store })
      bytes = read()
    }
    const ms = await alternate(ours, async () => readPairs(pairs), ROUNDS)
    return [
      { metric: `ms${suffix}`, value: ms.ours, unit: 'ms', reference: ms.reference },
      { metric: `bytes${suffix}`, value: bytes, unit: 'bytes' },
    ]
  })
}

function readPairs(path: string): Map<number, number> {
  const bytes = readFileSync(path)
  const numbers = new Float64Array(bytes.buffer, bytes.byteOffset, bytes.length / 8)
  const state = new Map<number, number>()
  for (let i = 0; i < numbers.length; i += 2) state.set(numbers[i] as number, numbers[i + 1] as number)
  return state
}
