import type { SimWorld } from '../world/sim-world.ts'
import type { Checker, ObjectChange } from './checker.ts'

/** How long what a replay wrote is to stay (`LEAST_SHADOW_MS` as it is scaled down): no application keeps batches for longer. */
const SHADOW_MS = 3_000

interface Writes {
  readonly lastMs: number
  /** The longest time between two of them. */
  readonly pauseMs: number
}

/** What replays write stays while they go on and for a while afterwards, and goes then, unless it was to be kept. */
export class ShadowChecker implements Checker {
  readonly #world: SimWorld
  /** By the id of the replay. */
  readonly #passing = new Map<string, Writes>()

  constructor(world: SimWorld) {
    this.#world = world
  }

  objectChanged({ place, key, content }: ObjectChange): void {
    if (place !== this.#world.checkpoint || !key.includes('/shadow/')) return
    const replay = /\/shadow\/passing\/([^/]+)\//.exec(key)?.[1]
    if (content !== undefined) this.#wrote(replay)
    else if (replay === undefined) this.#world.violate('kept-replays-stay', key)
    else this.#requireEnded(replay, key)
  }

  ended(): void {
    const left = this.#world.checkpoint.keys('').filter((key) => /\/shadow\/passing\//.test(key))
    if (left.length > 0) this.#world.violate('replays-go', `${left.length} objects, as ${left[0]}`)
  }

  #wrote(replay: string | undefined): void {
    if (replay === undefined) return
    const { nowMs } = this.#world.timeline
    const { lastMs, pauseMs } = this.#passing.get(replay) ?? { lastMs: nowMs, pauseMs: 0 }
    this.#passing.set(replay, { lastMs: nowMs, pauseMs: Math.max(pauseMs, nowMs - lastMs) })
  }

  /** Whoever collects may have looked while the replay paused; and clocks may be wrong, which costs a replay and no more. */
  #requireEnded(replay: string, key: string): void {
    const { faults, timeline } = this.#world
    if (CLOCKS.some((kind) => faults.counts.has(kind))) return
    const { lastMs = 0, pauseMs = 0 } = this.#passing.get(replay) ?? {}
    const silentMs = Math.max(pauseMs, timeline.nowMs - lastMs)
    if (silentMs < SHADOW_MS) this.#world.violate('replays-last', `${key}, after ${Math.floor(silentMs)} ms`)
  }
}

const CLOCKS = ['clock-skew', 'clock-back', 'clock-far-ahead'] as const
