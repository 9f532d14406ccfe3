import { SluiceError } from '../../../src/util/errors.ts'
import type { SimWorld } from './sim-world.ts'

/** How much room there is for whatever is stored: none, now and then, for everybody, until somebody makes some. */
export class Disk {
  readonly #world: SimWorld
  #isFull = false

  constructor(world: SimWorld) {
    this.#world = world
  }

  /** Once an interval. */
  look(): void {
    const { chance, faults, timeline } = this.#world
    if (this.#isFull || !faults.happens('disk-full', 0.1)) return
    this.#isFull = true
    timeline.after(chance.pick([500, 2_000, 8_000]), () => {
      this.#isFull = false
    })
  }

  /** Throws as a store on a disk does that has no room for what it is given. */
  requireRoom(): void {
    if (!this.#isFull) return
    throw new SluiceError({ code: 'disk-full', kind: 'retryable', message: 'Simulated: the disk is full' })
  }
}
