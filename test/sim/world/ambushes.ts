import { Chance } from './chance.ts'
import type { CallFault } from './faults.ts'

/** A kind of sites, and what may await processes there. */
interface Danger {
  readonly sites: RegExp
  /** How likely one of the sites is to be deadly where a world lies in wait. */
  readonly share: number
  /** At which of its calls. */
  readonly calls: readonly number[]
  /** What happens then, and at the calls after that one. */
  readonly ends: readonly (readonly CallFault[])[]
}

const CRASHES: Danger['ends'] = [['crash-before'], ['crash-after']]
/** Who tries again dies, too. */
const CRASHES_TWICE: Danger['ends'] = [
  ['crash-before', 'crash-after'],
  ['crash-after', 'crash-before'],
]
/** Who stands still comes back when others have long gone on. */
const STALL: Danger['ends'] = [['stall']]

/** What a world so rarely comes to that any may lie in wait there. */
const FARTHEST: Danger = {
  sites: /delete-(blocks|shadow|dead|plan|from)|copy-from|letter|get-(shadow|output)|head-(output|part)|:head$/,
  share: 0.9,
  calls: [1, 1, 1, 2],
  ends: CRASHES_TWICE,
}

/**
 * The first that fits a site says. What is passed on the way to what is rarer, or called often, is deadly seldom enough that others
 * get through.
 */
const DANGERS: readonly Danger[] = [
  FARTHEST,
  {
    sites: /delete|shadow|history|savepoint|-(plan|from)$|get-part|queue|input:exists/,
    share: 0.35,
    calls: [1, 1, 2, 3],
    ends: CRASHES,
  },
  // Before a batch runs: whoever goes on late runs one that others have published.
  {
    sites: /source:plan|head:(lease|plan)|input:list/,
    share: 0.4,
    calls: [1, 2, 3, 4, 5, 6],
    ends: [...CRASHES, ...STALL, ...STALL],
  },
  { sites: /./, share: 0.2, calls: [1, 1, 2, 2, 3, 4, 6, 9], ends: [...CRASHES, ...CRASHES, ...STALL] },
]

/** Attempt after attempt of a batch runs out of time, until its plan is cut anew; by then its partitions have been read twice. */
const SLOW: Danger = {
  sites: /source:read/,
  share: 1,
  calls: [2, 3, 4, 6, 9],
  ends: [2, 4, 6].map((length) => Array.from({ length }, () => 'cut-off')),
}

/** What awaits processes at a site, whoever they are, from the how manieth call on. */
interface Ambush {
  readonly nth: number
  readonly ends: readonly CallFault[]
}

/** What a world has of them beside those where hardly any call is. */
interface WhereAmbushes {
  readonly everywhere: boolean
  readonly slow: boolean
}

/** Where a world lies in wait for its processes: at any site, more likely where there are few calls. */
export class Ambushes {
  readonly #chance: Chance
  readonly #slow: boolean
  readonly #everywhere: boolean
  readonly #bySite = new Map<string, Ambush | undefined>()

  constructor(seed: number, { everywhere, slow }: WhereAmbushes) {
    this.#chance = new Chance(seed, 13)
    this.#everywhere = everywhere
    this.#slow = slow
  }

  /** What happens to this call, the how manieth at its site, if anything. */
  at(site: string, nth: number): CallFault | undefined {
    if (!this.#bySite.has(site)) this.#bySite.set(site, this.#draw(site))
    const ambush = this.#bySite.get(site)
    return ambush?.ends[nth - ambush.nth]
  }

  #draw(site: string): Ambush | undefined {
    if (this.#slow && SLOW.sites.test(site)) return ambushOf(SLOW, this.#chance)
    const danger = this.#everywhere ? DANGERS.find(({ sites }) => sites.test(site)) : FARTHEST
    if (danger === undefined || !danger.sites.test(site)) return undefined
    return ambushOf(danger, this.#chance)
  }
}

function ambushOf({ share, calls, ends }: Danger, chance: Chance): Ambush | undefined {
  if (!chance.chance(share)) return undefined
  return { nth: chance.pick(calls), ends: chance.pick(ends) }
}
