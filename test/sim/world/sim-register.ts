import type { AppId } from '../../../src/checkpoint/attempt.ts'
import type { Head } from '../../../src/checkpoint/head.ts'
import type { HeadRegister, Swapped } from '../../../src/ports/head-register.ts'
import type { SimProcess } from './sim-process.ts'
import type { SimWorld } from './sim-world.ts'
import { Wire } from './wire.ts'

/**
 * A head of every so manieth version reaches its readers by way of its text. Of the others they get what was swapped: writing and
 * parsing every head that is read took a seventh of all time, and nobody changes one in place.
 */
const AS_TEXT = 8

/** The head register as a process sees it, over its wire. An answer that does not come is `unknown`. */
export class SimRegister implements HeadRegister {
  readonly url = 'sim://head'
  readonly #process: SimProcess
  readonly #world: SimWorld
  readonly #wire: Wire

  /** `world`: whose head it is. */
  constructor(process: SimProcess, world: SimWorld = process.world) {
    this.#process = process
    this.#world = world
    this.#wire = new Wire(process)
  }

  read(app: AppId): Promise<Head | undefined> {
    return this.#wire.call({ site: 'head:read', act: () => this.#read(app), changes: false })
  }

  async swap(expected: number, next: Head): Promise<Swapped> {
    const before = this.#world.head
    try {
      return await this.#wire.call<Swapped>({
        site: `head:${transitionOf(before, next)}`,
        act: () => this.#swap(expected, next),
        changes: true,
        conflict: () => ({ kind: 'conflict' }),
      })
    } catch (cause) {
      return { kind: 'unknown', cause }
    }
  }

  #read(app: AppId): Promise<Head | undefined> | Head {
    const { head, register } = this.#world
    return head === undefined || head.version % AS_TEXT === 0 ? register.read(app) : head
  }

  async #swap(expected: number, next: Head): Promise<Swapped> {
    const world = this.#world
    world.disk.requireRoom()
    const swapped = await world.register.swap(expected, next)
    if (swapped.kind === 'ok') world.headChanged(next, this.#process)
    return swapped
  }
}

/** What a swap is for, as its site says. */
function transitionOf(before: Head | undefined, next: Head): string {
  if (before === undefined || next.token !== before.token) return 'lease'
  if (next.committed?.attempt.batchTime !== before.committed?.attempt.batchTime)
    return next.lease === undefined ? 'commit-and-release' : 'commit'
  if (next.planned?.failure?.count !== before.planned?.failure?.count) return 'fail'
  if (next.planned?.plan !== before.planned?.plan && next.planned?.attempts !== before.planned?.attempts) return 'plan'
  if (next.lease === undefined) return 'release'
  return 'mark'
}
