import { connectCloud } from '../../src/aws/connections.ts'
import { DynamoHeadRegister } from '../../src/aws/dynamo-head-register.ts'
import { type ClientOptions, Clients } from '../../src/aws/index.ts'
import { openers } from '../../src/connectors/openers.ts'
import { defineApp, seconds } from '../../src/index.ts'
import { FileHeadRegister } from '../../src/local/stores/file-head-register.ts'
import { localSchemes } from '../../src/local/stores/storage.ts'
import { SystemClock } from '../../src/local/system-clock.ts'
import { createRuntime, type Environment } from '../../src/scheduler/create-runtime.ts'
import { runInvocation } from '../../src/scheduler/run-invocation.ts'
import type { Runtime } from '../../src/scheduler/runtime.ts'
import { byScheme } from '../../src/util/by-scheme.ts'

/** What a racing process is told. */
export interface Race {
  readonly head:
    | { readonly kind: 'file'; readonly directory: string }
    | { readonly kind: 'dynamodb'; readonly table: string }
  /** For S3 and DynamoDB. */
  readonly endpoints: NonNullable<ClientOptions['endpoints']>
  readonly checkpoint: string
  readonly input: string
  readonly output: string
}

/** What it tells when no source has more. */
export interface RaceResult {
  /** Batch times that this process committed. */
  readonly committed: readonly number[]
  readonly outcomes: Readonly<Record<string, number>>
}

/** One file a batch; every count so far, kept as state. */
export function runningCount(input: string, output: string) {
  return defineApp({ name: 'race', batchInterval: seconds(1) }, (ssc) => {
    ssc
      .textFileStream(input, { newFilesOnly: false, maxFilesPerBatch: 1 })
      .flatMap((line) => line.split(' '))
      .map((word) => [word, 1])
      .updateStateByKey<number>((ones, count = 0) => ones.length + count)
      .transform((rdd) => rdd.sortByKey())
      .saveAsTextFiles(output)
  })
}

/** How often a lease counts as abandoned though its owner is at work: taking over must be safe. */
const TAKE_OVER = 0.3
const LONGEST_PAUSE_MS = 15

export function openRace({ head, endpoints, checkpoint, input, output }: Race): Runtime {
  const clock = new SystemClock()
  const aws = { endpoints, environment: {} }
  const storage = byScheme({ ...localSchemes({ clock }), ...connectCloud({ ...aws, clock }).schemes })
  const silent = { debug() {}, info() {}, warn() {}, error() {} }
  const environment: Environment = {
    clock,
    register:
      head.kind === 'file'
        ? new FileHeadRegister(head.directory)
        : new DynamoHeadRegister({ clients: new Clients(aws), table: head.table, clock }),
    checkpoint: storage.open(checkpoint),
    ...openers({ storage, clock, write() {} }),
    log: silent,
    metrics: { record() {}, async flush() {} },
    memoryBytes: 256 * 1024 ** 2,
    leaseAbandoned: () => Math.random() < TAKE_OVER,
  }
  return createRuntime(runningCount(input, output), {}, environment)
}

async function run(race: Race): Promise<RaceResult> {
  const runtime = openRace(race)
  const { clock } = runtime
  const committed: number[] = []
  const outcomes: Record<string, number> = {}
  for (;;) {
    const deadlineMs = clock.now() + 60_000
    const options = { deadlineMs, marginMs: 1_000, due: 'source', maxBatches: 2, zeroTime: 0 } as const
    const outcome = await runInvocation(runtime, options)
    committed.push(...outcome.reports.map(({ batchTime }) => batchTime))
    outcomes[outcome.kind] = (outcomes[outcome.kind] ?? 0) + 1
    if (outcome.sourcesDone === true) return { committed, outcomes }
    await clock.sleep(Math.random() * LONGEST_PAUSE_MS)
  }
}

// As a child of the test, not when the test takes the types and `openRace` from here.
if (process.send !== undefined && process.argv[1]?.endsWith('racer.ts')) {
  process.on('message', (race: Race) => {
    run(race).then(
      (result) => process.send?.(result, () => process.exit(0)),
      (error) => {
        console.error(error)
        process.exit(1)
      },
    )
  })
  process.send('ready')
}
