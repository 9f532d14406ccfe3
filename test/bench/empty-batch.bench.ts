import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createBatchHandler } from 'sluice/aws'
import { localEnvironment, runApplication } from 'sluice/local'
import wordCountApp from '../../functions/word-count.ts'
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
import { tinyBatches } from './tiny-batches.ts'

const WARM_UP = 1_000
const BATCHES = 2_000
const CLOUD_WARM_UP = 20
const CLOUD_BATCHES = 100

/** What a batch costs that has nothing to read, or next to nothing. */
export const emptyBatch: Benchmark = {
  name: 'empty-batch',
  async run({ say }) {
    say('in process, checkpoint and input in a directory …')
    const local = await inDirectory((directory) => msInProcess({ in: directory, checkpoint: join(directory, 'ck') }))
    say('in process, all of it in memory …')
    const memory = await msInProcess({ in: 'memory://in' })
    const figures: readonly Figure[] = [
      { metric: 'ms', value: local, unit: 'ms' },
      { metric: 'ms-memory', value: memory, unit: 'ms' },
    ]
    say('tiny batches in the test kit …')
    const tiny = await tinyBatches()
    say('through the cloud adapters, one shard and one prefix, on the embedded cloud …')
    return [...figures, ...tiny, ...(await inCloud())]
  },
}

/** The word count over an empty directory, batch after batch, all long due: the median of the warm ones. */
async function msInProcess(place: { readonly in: string; readonly checkpoint?: string }): Promise<number> {
  const ended: number[] = []
  const environment = localEnvironment({
    log: { debug() {}, info() {}, warn() {}, error() {} },
    write: () => {},
    observers: [{ batchCommitted: () => void ended.push(performance.now()) }],
    ...(place.checkpoint === undefined ? {} : { checkpoint: place.checkpoint }),
  })
  const params = { in: place.in, out: `${place.in}/out` }
  await runApplication(wordCountApp, { params, start: 0, batches: WARM_UP + BATCHES }, environment)
  return median(ended.slice(WARM_UP).map((at, i) => at - (ended[WARM_UP + i - 1] ?? at)))
}

async function inDirectory<T>(use: (directory: string) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-bench-'))
  try {
    return await use(directory)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
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
