import { isGivenBlocks, type Pair, setsApart } from '../apps/app-spec.ts'
import { Chance } from './chance.ts'
import { Content } from './content.ts'
import type { Place } from './place.ts'
import type { SimWorld } from './sim-world.ts'
import { INPUT } from './site-of.ts'

/** What functions throw at is a multiple of it. */
const BAD = 13

/** Brings data into the world, loses some, and puts it back. */
export class Producer {
  readonly #world: SimWorld
  readonly #chance: Chance
  #files = 0

  constructor(world: SimWorld) {
    this.#world = world
    this.#chance = new Chance(world.scenario.seed, 5)
  }

  /** What comes in one interval, at any time of it. */
  produce(): void {
    const { faults, scenario, timeline } = this.#world
    const records = this.#chance.between(0, scenario.recordsPerInterval)
    for (let i = 0; i < records; i++) timeline.after(this.#chance.nextInt(scenario.intervalMs), () => this.#record())
    if (this.#chance.chance(0.3)) timeline.after(this.#chance.nextInt(scenario.intervalMs), () => this.#file())
    if (setsApart(scenario.app) && faults.happens('bad-record', 0.3))
      timeline.after(this.#chance.nextInt(scenario.intervalMs), () => this.#badRecord())
    if (isGivenBlocks(scenario.app)) this.#send()
    this.#lose()
  }

  #pair(): Pair {
    return [this.#chance.pick(this.#world.scenario.keys), this.#chance.between(-20, 100)]
  }

  #record(pair = this.#pair()): void {
    const log = this.#chance.pick(this.#world.logs)
    log.append(this.#chance.nextInt(log.partitions.length), pair)
  }

  /** One more, at which functions throw: few are bad by themselves, and with many at a time no quota is kept. */
  #badRecord(): void {
    const [key, value] = this.#pair()
    this.#record([key, BAD * value])
  }

  #send(): void {
    const { queue, timeline, scenario } = this.#world
    for (let i = this.#chance.nextInt(5); i > 0; i--)
      timeline.after(this.#chance.nextInt(scenario.intervalMs), () => queue.send(this.#pair()))
  }

  #file(): void {
    const lines = Array.from({ length: this.#chance.between(1, 6) }, () => {
      const [key, value] = this.#pair()
      return `${typeof key === 'object' ? key.join('') : String(key).replace(' ', '')} ${value}\n`
    })
    const place = this.#world.place(`${INPUT}/0`)
    // Names do not come in the order of their times.
    const key = `${this.#chance.nextInt(1_000)}-${this.#files++}.txt`
    this.#put(place, key, lines.join(''))
  }

  #lose(): void {
    const { faults, timeline } = this.#world
    if (faults.happens('data-lost', 0.12)) {
      const log = this.#chance.pick(this.#world.logs)
      const awayMs = this.#chance.nextInt(10_000)
      log.trim()
      timeline.after(awayMs, () => log.restore())
      this.#world.lateUntil(timeline.nowMs + awayMs)
    }
    if (faults.happens('input-overwritten', 0.3)) this.#overwrite()
  }

  /** Somebody writes other content under the name of an input, and later what was there. */
  #overwrite(): void {
    const place = this.#world.place(`${INPUT}/0`)
    const key = place.keys('').at(-1)
    const object = key === undefined ? undefined : place.objects.get(key)
    if (key === undefined || object === undefined) return
    const text = object.content.text
    this.#put(place, key, text.replaceAll(/\d\n/g, '0\n'))
    this.#world.timeline.after(this.#chance.nextInt(4_000), () => this.#put(place, key, text))
  }

  #put(place: Place, key: string, text: string): void {
    const { etag } = place.put(key, new Content(new TextEncoder().encode(text)))
    this.#world.inputs.set(`${place.url}/${key} ${etag}`, text)
  }
}
