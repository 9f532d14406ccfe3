import type { AppSpec } from '../apps/app-spec.ts'
import { Ambushes } from './ambushes.ts'
import { Chance } from './chance.ts'
import { drawHabit } from './habits.ts'
import type { Review } from './reviewer.ts'
import type { Call } from './wire.ts'

/** What can happen to one call of a process. */
export const CALL_FAULTS = [
  /** The process dies before the call has an effect. */
  'crash-before',
  /** The process dies when the call has had its effect. */
  'crash-after',
  /** The call has its effect; its caller hears of an error. */
  'lost-answer',
  /** No effect: 500, 503. */
  'server-error',
  /** No effect: asked too often. */
  'throttled',
  /** 409 or 412: of a register, perhaps its own success reported as a conflict; of a store, no effect. */
  'conflict',
  /** The caller hears of an error; the effect comes later, perhaps much later. */
  'late-request',
  /** The call has its effect, and once more later. */
  'twice',
  /** The effect is there at once, the answer takes long. */
  'slow-answer',
  /** The whole process stands still for long, and goes on as if nothing had happened. */
  'stall',
] as const
/** `cut-off`: the answer comes when the invocation has no time left for anything but its end. */
export type CallFault = (typeof CALL_FAULTS)[number] | 'cut-off'

/** What can happen to a process or to its surroundings, beside calls. */
export const WORLD_FAULTS = [
  'torn-upload',
  'damaged-read',
  'duplicate-tick',
  'late-tick',
  'missed-tick',
  'clock-skew',
  'clock-back',
  'clock-far-ahead',
  'deadline-cut',
  'cold-start',
  'warm-start',
  'at-once',
  'lease-seized',
  'stalled-past-deadline',
  'data-lost',
  'input-overwritten',
  'skip',
  'hasty-skip',
  'savepoint',
  'savepoint-deleted',
  'reset',
  'replay',
  'publish-again',
  'upgrade',
  'collect',
  'letters-retried',
  'letters-dropped',
  'bad-record',
  'disk-full',
] as const
export type WorldFault = (typeof WORLD_FAULTS)[number] | 'begun-elsewhere' | 'upgrade-foreseen' | 'outage' | Review

/** Sites where there are few calls have their share of faults, too. */
const RARE =
  /delete|history|-plan|shadow|savepoint|-from|manifest|input:|-part$|letter|keyed|queue|blocks|get-output|fail/
const RARE_FACTOR = 4

/** How often what a world has for a habit happens, compared with the worst of other worlds. */
const HABIT_RATE = 3

/** Of worlds where nothing lies in wait everywhere; and how often anything else happens there. */
const SLOW_WORLDS = 0.2
const SLOW_RATE = 0.1

/** Faults have effects only where a call changes something. */
const ONLY_CHANGES = new Set<CallFault>(['late-request', 'twice'])

/**
 * How often what goes wrong, drawn for each seed: some kinds often, others never, so that no kind hides another
 * (swarm testing).
 */
export class Faults {
  readonly counts = new Map<CallFault | WorldFault, number>()
  readonly #chance: Chance
  readonly #kinds: readonly CallFault[]
  readonly #ambushes: Ambushes
  readonly #world: ReadonlyMap<WorldFault, number>
  #rate: number

  constructor(seed: number, app: AppSpec) {
    const chance = new Chance(seed, 1)
    this.#chance = chance
    this.#kinds = CALL_FAULTS.filter(() => chance.chance(0.5))
    const everywhere = chance.chance(0.7)
    // What is slow comes to its end, again and again, only where little else ends it.
    const slow = !everywhere && new Chance(seed, 15).chance(SLOW_WORLDS)
    this.#ambushes = new Ambushes(seed, { everywhere, slow })
    // What is rare is made common where a process may well die of it, and little else keeps it from coming so far.
    const habit = drawHabit(app, { chance: new Chance(seed, 14), share: everywhere ? 0.7 : 0.2 })
    const rate = chance.pick(habit.length > 0 ? [0, 0.01, 0.02] : [0, 0.01, 0.02, 0.04, 0.08])
    this.#rate = slow ? 0 : rate
    this.#world = new Map(
      WORLD_FAULTS.map((kind) => {
        const rate = chance.chance(0.5) ? chance.next() : 0
        return [kind, habit.includes(kind) ? HABIT_RATE : slow ? rate * SLOW_RATE : rate]
      }),
    )
  }

  /** What happens to this call, the how manieth at its site, if anything. */
  ofCall({ site, changes }: Pick<Call<unknown>, 'site' | 'changes'>, nth: number): CallFault | undefined {
    const end = this.#ambushes.at(site, nth)
    if (end !== undefined) {
      this.note(end)
      return end
    }
    const rate = RARE.test(site) ? RARE_FACTOR * this.#rate : this.#rate
    if (this.#kinds.length === 0 || !this.#chance.chance(rate)) return undefined
    const kind = this.#chance.pick(this.#kinds)
    if (!changes && ONLY_CHANGES.has(kind)) return undefined
    this.note(kind)
    return kind
  }

  /** Whether this happens now; `most` is how often in the worst of worlds. What has a chance of its own shifts no other draws. */
  happens(kind: WorldFault, most: number, chance = this.#chance): boolean {
    if (this.ended || !chance.chance((this.#world.get(kind) ?? 0) * most)) return false
    this.note(kind)
    return true
  }

  note(kind: CallFault | WorldFault): void {
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1)
  }

  get ended(): boolean {
    return this.#rate < 0
  }

  /** From now on nothing goes wrong any more. */
  end(): void {
    this.#rate = -1
  }
}
