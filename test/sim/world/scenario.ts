import type { AppSpec, Key } from '../apps/app-spec.ts'
import { withStateDraws } from '../apps/kept-state.ts'
import { LARGE, randomApp, SMALL } from '../apps/random-app.ts'
import { Chance } from './chance.ts'
import { drawOutages, type Outage } from './outages.ts'

/** What a seed decides before anything happens. */
export interface Scenario {
  readonly seed: number
  readonly app: AppSpec
  readonly intervalMs: number
  /** Ticks before all faults stop. */
  readonly ticks: number
  /** How long an invocation may last, and how long before its end it stops. */
  readonly timeoutMs: number
  readonly marginMs: number
  /** Batches between triggers; more than one: an invocation waits for those in between. */
  readonly batchesPerTrigger: number
  readonly logPartitions: number
  readonly start: 'latest' | 'earliest'
  readonly maxRecords: number
  readonly keys: readonly Key[]
  /** Records that come in an interval, at most. */
  readonly recordsPerInterval: number
  /** Whether anybody is told that a process is dead. */
  readonly deathIsKnown: boolean
  /** The same of those in which an operator acts. */
  readonly operatorDeathIsKnown: boolean
  /** Whether somebody begins another checkpoint with a savepoint, and goes on there. */
  readonly beginsElsewhere: boolean
  /** Before all faults stop; their intervals are no ticks. */
  readonly outages: readonly Outage[]
}

const KEYS: readonly Key[] = ['a', 'b', 'c', 7, 12, ['x', 1], ['x', 2], 'd e', 'é']

const MANY_KEYS: readonly Key[] = Array.from({ length: 20 }, (_, i) => i)

/** Of worlds with a large application. In the others batches take little more than half as long: so these go on for longer. */
const LARGE_SHARE = 0.2

export function scenarioOf(seed: number): Scenario {
  const chance = new Chance(seed, 2)
  const isLarge = new Chance(seed, 18).chance(LARGE_SHARE)
  const size = isLarge ? LARGE : SMALL
  const draws = { chance, extra: new Chance(seed, 6), computed: new Chance(seed, 25) }
  const intervalMs = 1_000
  const app = withStateDraws(randomApp(size, draws), new Chance(seed, 11))
  const ticks = isLarge ? chance.between(10, 30) : chance.between(30, 90)
  return {
    seed,
    app,
    intervalMs,
    ticks,
    timeoutMs: chance.pick([3_000, 6_000, 20_000]),
    marginMs: chance.pick([200, 500, 1_000]),
    batchesPerTrigger: chance.pick([1, 1, 1, 4]),
    logPartitions: chance.pick(size.logPartitions),
    start: chance.pick(['latest', 'earliest']),
    maxRecords: chance.pick([4, 20, 1_000]),
    keys: chance.chance(0.7) ? KEYS.filter(() => chance.chance(0.6)).concat('z') : MANY_KEYS,
    recordsPerInterval: chance.pick([0, 1, 3, 8]),
    deathIsKnown: chance.chance(0.7),
    operatorDeathIsKnown: chance.chance(0.97),
    beginsElsewhere: new Chance(seed, 9).chance(0.3),
    outages: drawOutages(ticks, new Chance(seed, 27)),
  }
}
