import { type ClientOptions, Clients } from '../../src/aws/clients.ts'
import { connectCloud } from '../../src/aws/connections.ts'
import { DynamoHeadRegister } from '../../src/aws/dynamo-head-register.ts'
import { openers } from '../../src/connectors/openers.ts'
import type { Application } from '../../src/dstream/define-app.ts'
import { localSchemes } from '../../src/local/stores/storage.ts'
import { SystemClock } from '../../src/local/system-clock.ts'
import { createRuntime, type Environment } from '../../src/scheduler/create-runtime.ts'
import type { InvocationOutcome } from '../../src/scheduler/invocation.ts'
import { runInvocation } from '../../src/scheduler/run-invocation.ts'
import type { Runtime } from '../../src/scheduler/runtime.ts'
import { byScheme } from '../../src/util/by-scheme.ts'
import { isRetryable, SluiceError } from '../../src/util/errors.ts'
import { Random } from '../../src/util/random.ts'
import { type CampaignPlaces, fileApplication, streamApplication } from './campaign-applications.ts'

/** What a process of a campaign is told. */
export interface ProcessOrders extends CampaignPlaces {
  readonly endpoints: NonNullable<ClientOptions['endpoints']>
  readonly checkpoint: string
  readonly table: string
  readonly seed: number
  /** End when the sources have no more, instead of waiting to be killed. */
  readonly toEnd: boolean
}

/** What it says: that it is ready, what failed for a reason that no fault explains, and how it ended. */
export type ProcessWord =
  | { readonly kind: 'ready' }
  | { readonly kind: 'ended'; readonly outcome: InvocationOutcome['kind'] }
  | { readonly kind: 'surprise'; readonly error: string }
  | { readonly kind: 'failure'; readonly code: string }
  | { readonly kind: 'done' }

/** How often a lease counts as abandoned, be its owner dead, alive or about to die: taking over must be safe. */
const TAKE_OVER = 0.5
const LONGEST_PAUSE_MS = 20
const BATCHES = 3

function openCampaignRuntime(app: Application, orders: ProcessOrders): Runtime {
  const { endpoints, checkpoint, table, seed } = orders
  const clock = new SystemClock()
  const aws = { endpoints, environment: {} }
  const { schemes, kinesis } = connectCloud({ ...aws, clock })
  const storage = byScheme({ ...localSchemes({ clock }), ...schemes })
  const random = new Random(seed)
  const environment: Environment = {
    clock,
    register: new DynamoHeadRegister({ clients: new Clients(aws), table, clock }),
    checkpoint: storage.open(checkpoint),
    ...openers({ storage, clock, write() {}, kinesis }),
    log: { debug() {}, info() {}, warn() {}, error() {} },
    metrics: { record() {}, async flush() {} },
    memoryBytes: 256 * 1024 ** 2,
    leaseAbandoned: () => random.next() < TAKE_OVER,
  }
  return createRuntime(app, {}, environment)
}

/** Whether there was nothing more to do. */
async function invoke(runtime: Runtime): Promise<boolean> {
  const deadlineMs = runtime.clock.now() + 60_000
  const options = { deadlineMs, marginMs: 1_000, due: 'source', zeroTime: 0, impatient: true } as const
  try {
    const outcome = await runInvocation(runtime, { ...options, maxBatches: BATCHES })
    say({ kind: 'ended', outcome: outcome.kind })
    return outcome.sourcesDone === true
  } catch (error) {
    say(explained(error) ? { kind: 'failure', code: codeOf(error) } : { kind: 'surprise', error: described(error) })
    return false
  }
}

/** Somewhere in the chain of causes there is a failed call: faults explain it. */
function explained(error: unknown): boolean {
  if (!(error instanceof SluiceError) || error.kind === 'internal') return false
  return isRetryable(error) || explained(error.cause)
}

function codeOf(error: unknown): string {
  const deeper = error instanceof SluiceError && error.cause instanceof SluiceError ? error.cause : error
  return deeper instanceof SluiceError ? deeper.code : String(deeper)
}

function described(error: unknown): string {
  const { stack, cause } = error as Error
  return cause === undefined ? `${stack}` : `${stack}\ncaused by ${described(cause)}`
}

function say(word: ProcessWord): void {
  process.send?.(word)
}

async function run(orders: ProcessOrders): Promise<void> {
  const runtimes = [fileApplication(orders), streamApplication(orders)].map((app) => openCampaignRuntime(app, orders))
  const random = new Random(orders.seed, 1)
  say({ kind: 'ready' })
  for (;;) {
    const done: boolean[] = []
    for (const runtime of runtimes) done.push(await invoke(runtime))
    if (orders.toEnd && done.every(Boolean)) return
    await new Promise((resolve) => setTimeout(resolve, random.next() * LONGEST_PAUSE_MS))
  }
}

process.on('message', (orders: ProcessOrders) => {
  run(orders).then(() => process.send?.({ kind: 'done' }, () => process.exit(0)))
})
