import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Random } from '../../src/util/random.ts'
import { bundle, ROOT, WITH_REQUIRE } from '../bundle.ts'
import type { ProcessOrders, ProcessWord } from './campaign-process.ts'
import { APPLICATIONS, CampaignWorld } from './campaign-world.ts'
import { type FaultProxy, type ProxyFault, startFaultProxy } from './fault-proxy.ts'
import { outputDifferences } from './output-differences.ts'

/** So many processes race at any time. */
const SLOTS = 2
/** After a process is ready, it lives until up to so many calls were made, and for a moment after that: how fast is no matter. */
const MOST_CALLS = 90
const LONGEST_MOMENT_MS = 8
const LOOK_MS = 1
/** A process that rests between batches makes no calls. */
const LONGEST_LIFE_MS = 3_000
const BACKLOG_FILES = 8
const RECORDS_AT_ONCE = 25
const FEEDING_PAUSE_MS = 50

export interface CampaignOptions {
  readonly kills: number
  readonly seed: number
  /** Told of each kill. */
  readonly onKill?: (kills: number) => void
}

/** Where kills fell: while a batch was planned or not yet visible in at least one of the two applications, or not. */
export interface CampaignReport {
  readonly seed: number
  readonly kills: number
  readonly killsInBatches: number
  readonly batches: number
  readonly records: number
  readonly calls: number
  readonly faults: Readonly<Record<ProxyFault, number>>
  /** Invocations that ended with an error that a fault explains, by its code. */
  readonly failures: Readonly<Record<string, number>>
  /** How invocations ended that were not killed: `held` and `fenced` ones met another process. */
  readonly outcomes: Readonly<Record<string, number>>
  /** Errors that no fault explains. */
  readonly surprises: readonly string[]
  /** What was lost, doubled or changed. */
  readonly differences: readonly string[]
}

/**
 * Kills processes that race over a faulty network until so many are dead, lets one of them end the work, and compares
 * what they made visible with what one undisturbed process makes of the same input.
 */
export async function runCampaign(options: CampaignOptions): Promise<CampaignReport> {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-campaign-'))
  const world = await CampaignWorld.start(options.seed)
  const proxies = await startProxies(world, options.seed)
  try {
    const campaign = new Campaign(world, proxies, { ...options, script: await bundled(directory) })
    return await campaign.run()
  } finally {
    for (const proxy of Object.values(proxies)) await proxy.close()
    await world.close()
    rmSync(directory, { recursive: true, force: true })
  }
}

type Proxies = Readonly<Record<'s3' | 'dynamodb' | 'kinesis', FaultProxy>>

async function startProxies({ endpoints }: CampaignWorld, seed: number): Promise<Proxies> {
  const [s3, dynamodb, kinesis] = await Promise.all([
    startFaultProxy(endpoints.s3, seed),
    startFaultProxy(endpoints.dynamodb, seed + 1),
    startFaultProxy(endpoints.kinesis, seed + 2),
  ])
  return { s3, dynamodb, kinesis }
}

/** One file, as hundreds of processes are to start fast. */
async function bundled(directory: string): Promise<string> {
  const outfile = join(directory, 'campaign-process.mjs')
  await bundle({ entryPoints: [join(ROOT, 'test/kill/campaign-process.ts')], outfile, banner: WITH_REQUIRE })
  symlinkSync(join(ROOT, 'package.json'), join(directory, 'package.json'))
  return outfile
}

class Campaign {
  readonly #world: CampaignWorld
  readonly #proxies: Proxies
  readonly #options: CampaignOptions & { readonly script: string }
  readonly #failures: Record<string, number> = {}
  readonly #outcomes: Record<string, number> = {}
  readonly #surprises: string[] = []
  readonly #alive = new Set<ChildProcess>()
  #started = 0
  #kills = 0
  #killsInBatches = 0

  constructor(world: CampaignWorld, proxies: Proxies, options: CampaignOptions & { readonly script: string }) {
    this.#world = world
    this.#proxies = proxies
    this.#options = options
  }

  async run(): Promise<CampaignReport> {
    try {
      await this.#feed()
      const slots = Array.from({ length: SLOTS }, (_, slot) => this.#killOften(slot))
      const feeding = this.#feedOn()
      await Promise.all([...slots, feeding])
      for (const proxy of Object.values(this.#proxies)) proxy.calm()
      await this.#runToEnd('killed')
      await this.#runToEnd('undisturbed')
      return await this.#report()
    } finally {
      for (const child of this.#alive) child.kill('SIGKILL')
    }
  }

  /** One process after the other, each killed after a while. */
  async #killOften(slot: number): Promise<void> {
    const random = new Random(this.#options.seed, 10 + slot)
    while (this.#kills < this.#options.kills) {
      const child = await this.#start('killed', false)
      await this.#calls(random.nextInt(MOST_CALLS))
      await sleep(random.next() * LONGEST_MOMENT_MS)
      child.kill('SIGKILL')
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
      if (child.signalCode !== 'SIGKILL') {
        this.#surprises.push(`a process ended by itself, with code ${child.exitCode}`)
        continue
      }
      this.#kills++
      if (await this.#inBatch()) this.#killsInBatches++
      this.#options.onKill?.(this.#kills)
    }
  }

  /** Waits until so many more were made. */
  async #calls(count: number): Promise<void> {
    const [until, patience] = [this.#callsMade + count, performance.now() + LONGEST_LIFE_MS]
    while (this.#callsMade < until && performance.now() < patience) await sleep(LOOK_MS)
  }

  get #callsMade(): number {
    return Object.values(this.#proxies).reduce((sum, { calls }) => sum + calls(), 0)
  }

  async #inBatch(): Promise<boolean> {
    const heads = await Promise.all(APPLICATIONS.map((app) => this.#world.head('killed', app)))
    return heads.some((head) => head?.planned !== undefined || head?.committed?.published === false)
  }

  /** There is always something to read. */
  async #feedOn(): Promise<void> {
    while (this.#kills < this.#options.kills) {
      await this.#feed()
      await sleep(FEEDING_PAUSE_MS)
    }
  }

  async #feed(): Promise<void> {
    const head = await this.#world.head('killed', 'files')
    const batches = (head?.committed?.attempt.batchTime ?? 0) / 1_000
    const missing = batches + BACKLOG_FILES - this.#world.given.files
    if (missing <= 0) return
    await this.#world.addFiles(missing)
    await this.#world.addRecords(RECORDS_AT_ONCE)
  }

  async #runToEnd(run: 'killed' | 'undisturbed'): Promise<void> {
    const child = await this.#start(run, true)
    if (child.exitCode === null) await once(child, 'exit')
    if (child.exitCode !== 0) throw new Error(`the last process of the ${run} run ended with code ${child.exitCode}`)
  }

  /** Resolves when the process is ready. */
  async #start(run: 'killed' | 'undisturbed', toEnd: boolean): Promise<ChildProcess> {
    const { s3, dynamodb, kinesis } = this.#proxies
    const faulty = { s3: s3.endpoint, dynamodb: dynamodb.endpoint, kinesis: kinesis.endpoint }
    const endpoints = run === 'killed' ? faulty : this.#world.endpoints
    const orders: ProcessOrders = {
      ...this.#world.places(run),
      endpoints,
      seed: this.#options.seed + ++this.#started,
      toEnd,
    }
    const child = fork(this.#options.script, {
      execArgv: ['--no-warnings'],
      env: { ...process.env, NODE_COMPILE_CACHE: dirname(this.#options.script) },
    })
    this.#alive.add(child)
    child.once('exit', () => this.#alive.delete(child))
    const ready = new Promise<void>((resolve) => {
      child.once('exit', resolve)
      child.on('message', (word: ProcessWord) => {
        if (word.kind === 'ready') resolve()
        else this.#hear(word)
      })
    })
    child.send(orders)
    await ready
    return child
  }

  #hear(word: ProcessWord): void {
    if (word.kind === 'surprise') this.#surprises.push(word.error)
    if (word.kind === 'failure') this.#failures[word.code] = (this.#failures[word.code] ?? 0) + 1
    if (word.kind === 'ended') this.#outcomes[word.outcome] = (this.#outcomes[word.outcome] ?? 0) + 1
  }

  async #report(): Promise<CampaignReport> {
    const { files, records } = this.#world.given
    const [killed, undisturbed] = [await this.#world.outputs('killed'), await this.#world.outputs('undisturbed')]
    const head = await this.#world.head('killed', 'records')
    const proxies = Object.values(this.#proxies)
    return {
      seed: this.#options.seed,
      kills: this.#kills,
      killsInBatches: this.#killsInBatches,
      batches: files + (head?.committed?.attempt.batchTime ?? 0) / 1_000,
      records,
      calls: this.#callsMade,
      faults: total(proxies.map(({ met }) => met)),
      failures: this.#failures,
      outcomes: this.#outcomes,
      surprises: this.#surprises,
      differences: outputDifferences(killed, undisturbed, records),
    }
  }
}

function total(counts: readonly FaultProxy['met'][]): FaultProxy['met'] {
  const sum = (fault: ProxyFault) => counts.reduce((all, met) => all + met[fault], 0)
  return {
    delay: sum('delay'),
    reset: sum('reset'),
    'error-500': sum('error-500'),
    'lost-answer': sum('lost-answer'),
    'slow-body': sum('slow-body'),
    'cut-body': sum('cut-body'),
  }
}
