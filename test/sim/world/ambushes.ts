import { Chance } from './chance.ts'
import type { CallFault } from './faults.ts'

/** Of what is so rare that a process which dies at one of the first calls is worth more than one that lives. */
const RAREST = /delete|-(shadow|letters|letter-box|savepoint|history|blocks)$|:(get|head)-(output|part)$/

/** How likely a site is to be deadly, once, and at which of its calls. Where calls are frequent, most processes must get through. */
const DEADLY = {
  rarest: { share: 0.8, calls: [1, 1, 1, 2, 3] },
  other: { share: 0.15, calls: [1, 1, 2, 2, 3, 4, 6, 9] },
} as const

const CRASHES = ['crash-before', 'crash-after'] as const

/** Where a process dies, whoever it is: at the how manieth call of a site. */
interface Ambush {
  readonly nth: number
  readonly crash: CallFault
}

/** Where a world lies in wait for its processes: at any site, more likely where there are few calls. */
export class Ambushes {
  readonly #chance: Chance
  readonly #bySite = new Map<string, Ambush | undefined>()

  constructor(seed: number) {
    this.#chance = new Chance(seed, 9)
  }

  /** What happens to this call, the how manieth at its site, if anything. */
  at(site: string, nth: number): CallFault | undefined {
    if (!this.#bySite.has(site)) this.#bySite.set(site, this.#draw(site))
    const ambush = this.#bySite.get(site)
    return ambush?.nth === nth ? ambush.crash : undefined
  }

  #draw(site: string): Ambush | undefined {
    const { share, calls } = RAREST.test(site) ? DEADLY.rarest : DEADLY.other
    if (!this.#chance.chance(share)) return undefined
    return { nth: this.#chance.pick<number>(calls), crash: this.#chance.pick(CRASHES) }
  }
}
