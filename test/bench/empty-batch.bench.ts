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
    const putOne = () => putRecords(world.clients, 'letters', ['a'])
    return [
      { metric: 'ms-cloud', value: await medianMs(invoke, CLOUD_BATCHES), unit: 'ms' },
      { metric: 'round-trips', value: await roundTrips(world, invoke), unit: 'round trips' },
      { metric: 'round-trips-data', value: await roundTrips(world, invoke, putOne), unit: 'round trips' },
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

async function medianMs(invoke: Invoke, times: number, before: Invoke = async () => {}): Promise<number> {
  const elapsed: number[] = []
  for (let i = 0; i < times; i++) {
    await before()
    const began = performance.now()
    await invoke()
    elapsed.push(performance.now() - began)
  }
  return median(elapsed)
}

/** Far longer than all that is not waiting for an answer. */
const ANSWER_MS = 200

/** How many answers are waited for one after the other: with slow answers, the time a batch takes tells. */
async function roundTrips({ cloud }: LambdaWorld, invoke: Invoke, before?: Invoke): Promise<number> {
  const services = ['s3', 'kinesis', 'dynamodb'] as const
  for (const service of services) cloud.faults.next({ service, kind: 'delay', delayMs: ANSWER_MS, times: 10_000 })
  const ms = await medianMs(invoke, 5, before)
  cloud.faults.clear()
  return Math.floor(ms / ANSWER_MS)
}

async function calls({ cloud }: LambdaWorld, invoke: Invoke): Promise<readonly Figure[]> {
  cloud.calls.reset()
  await invoke()
  const kinds = Object.values(cloud.calls.snapshot() satisfies CallCounts).flatMap((counts) => Object.entries(counts))
  const figures = kinds.map(([kind, value]) => ({ metric: `calls-${kind}`, value, unit: 'calls' }))
  return [{ metric: 'calls', value: cloud.calls.count(), unit: 'calls' }, ...figures]
}
