import type { InvocationOptions } from '../../../src/scheduler/invocation.ts'
import { runInvocation } from '../../../src/scheduler/run-invocation.ts'
import type { Release } from '../apps/release.ts'
import { Chance } from './chance.ts'
import { launch } from './launch.ts'
import type { SimProcess } from './sim-process.ts'
import type { SimWorld } from './sim-world.ts'

const YEAR_MS = 365 * 86_400_000
/** In the end everybody has the time that it takes: some batches never fit into what a seed gives an invocation. */
const CALM_TIMEOUT_MS = 30_000

/** Whatever starts invocations: a schedule that is not always on time, and a service that keeps processes warm as it likes. */
export class Trigger {
  readonly #first: SimWorld
  /** Of those who come together. */
  readonly #crowds: Chance
  #processes: SimProcess[] = []
  #launched = 0

  constructor(world: SimWorld) {
    this.#first = world
    this.#crowds = new Chance(world.scenario.seed, 28)
  }

  get #world(): SimWorld {
    return this.#first.current
  }

  get processes(): readonly SimProcess[] {
    return this.#processes
  }

  /** One tick of the schedule. */
  tick(): void {
    const { faults, timeline, chance } = this.#world
    if (faults.happens('missed-tick', 0.5)) return
    if (faults.happens('duplicate-tick', 0.5)) timeline.after(chance.nextInt(100), () => this.invoke())
    if (faults.happens('late-tick', 0.5)) timeline.after(chance.nextInt(5_000), () => this.#arrive())
    else this.#arrive()
  }

  /** An invocation, or several at the very same instant: whoever is at work has nothing else to do, so that each has its own process. */
  #arrive(): void {
    this.invoke()
    if (!this.#world.faults.happens('at-once', 0.2, this.#crowds)) return
    for (let more = this.#crowds.between(1, 2); more > 0; more--) this.invoke()
  }

  /** Another invocation, in a warm process if there is one and the service feels like it. */
  invoke(extra: Partial<InvocationOptions> = {}): void {
    const process = this.#leftBehind() ?? this.processFor()
    process.isOperators = false
    const { clock, world } = process
    const { marginMs, batchesPerTrigger, intervalMs } = world.scenario
    const timeoutMs = world.faults.ended ? CALM_TIMEOUT_MS : world.scenario.timeoutMs
    const nowMs = clock.now()
    const waits = batchesPerTrigger > 1 ? { waitUntilMs: nowMs + batchesPerTrigger * intervalMs - 250 } : {}
    const farAhead = process.skewMs >= YEAR_MS ? { maxBatches: 2 } : {}
    this.start(
      process,
      (runtime) =>
        runInvocation(runtime, {
          deadlineMs: nowMs + timeoutMs,
          marginMs,
          due: 'clock',
          scheduled: true,
          zeroTime: world.zeroTime,
          ...waits,
          ...farAhead,
          ...extra,
        }),
      timeoutMs,
    )
  }

  /** Runs something in a process that is ended when its time is up. */
  start<T extends { readonly kind: string }>(
    process: SimProcess,
    run: (runtime: NonNullable<SimProcess['runtime']>) => Promise<T>,
    timeoutMs = process.world.scenario.timeoutMs,
  ): void {
    const { world, runtime } = process
    if (runtime === undefined) return
    process.busy = true
    process.stopsAtMs = world.timeline.nowMs + timeoutMs - world.scenario.marginMs
    process.begunOn = world.head?.committed?.attempt
    const invocation = ++process.invocation
    const { timeline, faults } = world
    if (!faults.happens('stalled-past-deadline', 0.5)) {
      timeline.after(timeoutMs + 50, () => {
        if (process.dead || !process.busy || process.invocation !== invocation) return
        faults.note('deadline-cut')
        process.die()
      })
    }
    run(runtime).then(
      (outcome) => this.#end(process, outcome as never),
      (error: unknown) => this.#end(process, { kind: 'failed', error }),
    )
  }

  #end(process: SimProcess, outcome: Parameters<SimWorld['invocationEnded']>[1]): void {
    process.busy = false
    process.world.invocationEnded(process, outcome)
  }

  /** Ends all processes that do nothing. */
  retireIdle(): void {
    for (const process of this.#processes) if (!process.busy) process.die()
  }

  /** A warm process that is idle, or a new one. */
  processFor(): SimProcess {
    const { faults, chance } = this.#world
    this.#processes = this.#processes.filter(({ dead }) => !dead)
    const idle = this.#processes.filter((process) => !process.busy && this.#isStillUsed(process))
    if (idle.length > 0 && !faults.happens('cold-start', 0.5)) {
      const process = chance.pick(idle)
      faults.note('warm-start')
      if (faults.happens('clock-back', 0.2)) process.skewMs -= chance.pick([100, 5_000, 3_600_000])
      return process
    }
    return this.launch()
  }

  /** Where an application goes on elsewhere, a schedule may not have heard of it yet. */
  #leftBehind(): SimProcess | undefined {
    const { origin, chance, faults } = this.#world
    if (origin === undefined || faults.ended || chance.chance(0.7)) return undefined
    return this.#processes.find(({ world, busy, dead }) => world === origin && !busy && !dead)
  }

  /** Processes of code that was replaced are asked now and then, and in calm times not at all. */
  #isStillUsed({ release, world }: SimProcess): boolean {
    const { chance, deployments, faults } = this.#world
    if (world !== this.#world) return false
    return release === deployments.current || (!faults.ended && chance.chance(0.3))
  }

  /** A new process, where the application is or is to be. */
  launch(world: SimWorld = this.#world, release: Release = world.deployments.current): SimProcess {
    const { faults, chance } = world
    const process = launch(world, ++this.#launched, release)
    if (faults.happens('clock-skew', 0.5)) process.skewMs = chance.pick([-60_000, -2_000, -300, 300, 2_000])
    else if (faults.happens('clock-far-ahead', 0.3)) process.skewMs = YEAR_MS
    this.#processes.push(process)
    return process
  }
}
