import { nextBatchTime } from '../../src/checkpoint/grid.ts'
import type { Manifest } from '../../src/checkpoint/manifest.ts'
import type { Plan } from '../../src/checkpoint/plan.ts'
import { Operator } from './world/operator.ts'
import type { Outage } from './world/outages.ts'
import { Producer } from './world/producer.ts'
import { SimWorld, type Violation } from './world/sim-world.ts'
import type { VisitedSites } from './world/sites.ts'
import { Trigger } from './world/trigger.ts'

/** What one seed came to. */
export interface SeedResult {
  readonly seed: number
  readonly batches: number
  readonly faults: ReadonlyMap<string, number>
  readonly sites: VisitedSites
  readonly violations: readonly Violation[]
  /** Of everything that happened: the same for the same seed. */
  readonly traceHash: string
}

/** Ticks without faults in which the backlog must be gone: the longest lease and the clock that is furthest off make a hundred. */
const MOST_CALM_TICKS = 600
/** Until then, what was on its way when the faults ended arrives, delayed requests aside. */
const LAST_CALLS_TICKS = 3
/** Ticks after that, each of which must do its own batch. */
const PUNCTUAL_TICKS = 4

/** Lives through everything that one seed says; `tell` hears of each call and each change. */
export async function simulate(seed: number, tell?: (line: string) => void): Promise<SeedResult> {
  const world = new SimWorld(seed, tell)
  await new Simulation(world).run()
  const { faults, sites, violations, traceHash, current } = world
  return {
    seed,
    batches: current === world ? world.batches : world.batches + current.batches,
    faults: faults.counts,
    sites: sites.visited,
    violations,
    traceHash,
  }
}

class Simulation {
  readonly #first: SimWorld
  readonly #trigger: Trigger
  readonly #producer: Producer
  readonly #operator: Operator
  readonly #outages: Outage[]
  /** Intervals of the first of them that are over. */
  #out = 0
  #ticks = 0
  #punctual = 0
  #closing = false
  #over = false

  constructor(world: SimWorld) {
    this.#first = world
    this.#trigger = new Trigger(world)
    this.#producer = new Producer(world)
    this.#operator = new Operator(world, this.#trigger)
    this.#outages = [...world.scenario.outages]
  }

  get #world(): SimWorld {
    return this.#first.current
  }

  async run(): Promise<void> {
    const { timeline, violations } = this.#world
    this.#producer.produce()
    timeline.after(this.#world.scenario.intervalMs, () => this.#interval())
    while (!this.#over && violations.length === 0) {
      const act = timeline.next()
      if (act === undefined) throw new Error('nothing is left to happen, and the simulation has not ended')
      act()
      await settled()
    }
    if (violations.length === 0) await this.#world.ended()
  }

  #interval(): void {
    if (this.#closing) return
    const { timeline, scenario } = this.#world
    timeline.after(scenario.intervalMs, () => this.#interval())
    if (this.#isOut()) return
    this.#ticks++
    if (this.#ticks <= scenario.ticks) this.#stormy()
    else this.#calm()
  }

  /** Whether the schedule asks for nothing; somebody may bring data, or look, all the same. */
  #isOut(): boolean {
    const [outage] = this.#outages
    if (outage === undefined || this.#ticks < outage.afterTicks) return false
    const { intervals, dataEvery, looksEvery } = outage
    if (this.#out === 0) this.#world.faults.note('outage')
    this.#out++
    if (dataEvery !== undefined && this.#out % dataEvery === 0) this.#producer.produce()
    if (this.#out % looksEvery === 0) this.#operator.look()
    if (this.#out === intervals) {
      this.#outages.shift()
      this.#out = 0
    }
    return true
  }

  #stormy(): void {
    this.#producer.produce()
    this.#operator.look()
    this.#world.disk.look()
    if (this.#ticks % this.#world.scenario.batchesPerTrigger === 0) this.#trigger.tick()
  }

  /** Nothing goes wrong any more. First the backlog goes, then every tick does its batch. */
  #calm(): void {
    const { deployments, faults, lateUntilMs, scenario, timeline, violate } = this.#world
    if (this.#ticks === scenario.ticks + 1) {
      faults.end()
      deployments.settle()
      this.#first.settle()
      for (const process of this.#trigger.processes) {
        process.recover()
        if (process.world !== this.#world) process.die()
      }
      // Who remembers a head of a clock that was a year ahead has nothing to do for a year, and does not look again.
      if (faults.counts.has('clock-far-ahead')) this.#trigger.retireIdle()
    }
    const calmTicks = this.#ticks - scenario.ticks
    if (calmTicks > MOST_CALM_TICKS) violate('backlog-drains', this.#situation())
    const behind = this.#isBehind()
    const alone = this.#trigger.processes.every(({ busy, dead }) => dead || !busy)
    // One that reads dead letters again may be over its quota: it is skipped, and those after it count.
    const isHopeless = this.#operator.givesUp(1)
    if (this.#punctual > 0 && behind && alone && !isHopeless) violate('a-tick-does-its-batch', this.#situation())
    // Whoever is still at it (after a long backlog there is much to collect) goes on to what has become due meanwhile.
    if (behind) this.#punctual = 0
    if (
      !behind &&
      alone &&
      calmTicks > LAST_CALLS_TICKS &&
      // What they put is collected after them.
      timeline.nowMs > lateUntilMs &&
      !this.#hasMore() &&
      (this.#world.head?.lease === undefined || this.#isFarAhead())
    )
      this.#punctual++
    if (this.#punctual > PUNCTUAL_TICKS) {
      this.#close()
      return
    }
    // One of the last batches begins with nothing in memory: what was stored must be what was remembered.
    if (this.#punctual === PUNCTUAL_TICKS) this.#trigger.retireIdle()
    this.#operator.skipFailed(1)
    timeline.after(1, () => this.#trigger.invoke({ impatient: true, waitUntilMs: 0 }))
  }

  /** The last thing of all, with nobody else at work: what is garbage goes, and what is left must be sound. */
  #close(): void {
    this.#closing = true
    this.#operator.collect(() =>
      this.#operator.verify(() =>
        this.#operator.mend(() => {
          this.#over = true
        }),
      ),
    )
  }

  /** Whether what was due by the last tick is not committed yet. */
  #isBehind(): boolean {
    const { head, timeline, scenario } = this.#world
    if (head === undefined) return true
    return nextBatchTime(head) <= timeline.nowMs - scenario.intervalMs
  }

  /** Whether a source had more than the last batch could read. */
  #hasMore(): boolean {
    const { committed } = this.#world.head ?? {}
    const manifest = committed && this.#world.load<Manifest>(committed.manifest)
    const plan = manifest && this.#world.load<Plan>(manifest.plan)
    return plan !== undefined && Object.values(plan.sources).some(({ more }) => more === true) && !this.#isFarAhead()
  }

  /** After a clock that was a year ahead, nothing is due for a year. */
  #isFarAhead(): boolean {
    const { head, timeline, scenario } = this.#world
    return head !== undefined && nextBatchTime(head) > timeline.nowMs + 100 * scenario.intervalMs
  }

  #situation(): string {
    const { head, timeline, zeroTime } = this.#world
    if (head === undefined) return 'there is no head'
    const { lease, planned, committed, token } = head
    const of = (batchTime: number | undefined): string => (batchTime === undefined ? 'none' : `${batchTime - zeroTime}`)
    const failure = planned?.failure === undefined ? '' : ` (${planned.failure.code}: ${planned.failure.message})`
    return `at ${timeline.nowMs - zeroTime}: committed ${of(committed?.attempt.batchTime)}, published ${committed?.published}, planned ${of(planned?.batchTime)}${failure}, token ${token}, lease of ${lease?.owner} until ${lease && lease.until - zeroTime}`
  }
}

/** Lets everything go on that no longer waits for the world: the next tick comes when no promise has anything left to do. */
function settled(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve))
}
