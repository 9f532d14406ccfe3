import { createBatchHandler } from 'sluice/aws'
import type { CallCounts } from '../../src/embedded/index.ts'
import { shardAndPrefix } from '../aws/applications.ts'
import {
  context,
  createStream,
  type LambdaWorld,
  putRecords,
  ruleEvent,
  START_MS,
  startLambdaWorld,
} from '../aws/lambda-world.ts'
import { roundTrips } from '../aws/round-trips.ts'
import type { Benchmark, Figure } from './benchmark.ts'
import { median } from './rounds.ts'
import { emptyBatches, tinyBatches } from './tiny-batches.ts'

const CLOUD_WARM_UP = 20
const CLOUD_BATCHES = 100

/** What a batch costs that has nothing to read, or next to nothing. */
export const emptyBatch: Benchmark = {
  name: 'empty-batch',
  async run({ say }) {
    say('in process, in a directory, then all of it in memory …')
    const empty = await emptyBatches()
    say('tiny batches in the test kit …')
    const tiny = await tinyBatches()
    say('through the cloud adapters, one shard and one prefix, on the embedded cloud …')
    return [...empty, ...tiny, ...(await inCloud())]
  },
}

/** One invocation of a warm function. */
type Invoke = () => Promise<void>

async function inCloud(): Promise<readonly Figure[]> {
  const world = await startLambdaWorld()
  try {
    await createStream(world.clients, 'letters')
    const invoke = invocations(world)
    await invoke()
    // State, outputs and positions exist, so that an empty batch has all of them to carry on.
    await world.put('in/table', 'a\nb\n')
    await putRecords(world.clients, 'letters', ['a', 'b', 'a'])
    for (let i = 0; i < CLOUD_WARM_UP; i++) await invoke()
    const ms = await medianMs(invoke, CLOUD_BATCHES)
    const empty = await roundTrips(world.cloud, invoke)
    await putRecords(world.clients, 'letters', ['a'])
    const data = await roundTrips(world.cloud, invoke)
    return [
      { metric: 'ms-cloud', value: ms, unit: 'ms' },
      { metric: 'round-trips', value: empty, unit: 'round trips' },
      { metric: 'round-trips-data', value: data, unit: 'round trips' },
      ...(await calls(world, invoke)),
    ]
  } finally {
    await world.close()
  }
}

function invocations({ clock, options }: LambdaWorld): Invoke {
  const handler = createBatchHandler(shardAndPrefix, options)
  let minute = 0
  return async () => {
    const atMs = START_MS + minute++ * 60_000
    clock.set(atMs)
    const { outcome, batches } = await handler(ruleEvent(atMs), context())
    if (minute > 1 && (outcome !== 'committed' || batches !== 1))
      throw new Error(`not one batch: ${outcome}, ${batches}`)
  }
}

async function medianMs(invoke: Invoke, times: number): Promise<number> {
  const elapsed: number[] = []
  for (let i = 0; i < times; i++) {
    const began = performance.now()
    await invoke()
    elapsed.push(performance.now() - began)
  }
  return median(elapsed)
}

async function calls({ cloud }: LambdaWorld, invoke: Invoke): Promise<readonly Figure[]> {
  cloud.calls.reset()
  await invoke()
  const kinds = Object.values(cloud.calls.snapshot() satisfies CallCounts).flatMap((counts) => Object.entries(counts))
  const figures = kinds.map(([kind, value]) => ({ metric: `calls-${kind}`, value, unit: 'calls' }))
  return [{ metric: 'calls', value: cloud.calls.count(), unit: 'calls' }, ...figures]
}
