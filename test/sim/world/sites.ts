/** What a call does when its process dies there: nothing yet, or all that it was for. */
export type Moment = 'before' | 'after'

interface Visits {
  calls: number
  readonly crashes: Record<Moment, number>
}

/**
 * Where processes do input and output: `kind:operation`, as `head:commit` or `output:put-success`. Each is a place to crash
 * before and after.
 */
export class Sites {
  readonly #visits = new Map<string, Visits>()

  /** Counts a call: the how manieth it is at its site. */
  called(site: string): number {
    return ++this.#at(site).calls
  }

  crashed(site: string, moment: Moment): void {
    this.#at(site).crashes[moment]++
  }

  /** Takes in what another run saw. */
  add(visited: VisitedSites): void {
    for (const [site, { calls, crashes }] of Object.entries(visited)) {
      const visits = this.#at(site)
      visits.calls += calls
      visits.crashes.before += crashes.before
      visits.crashes.after += crashes.after
    }
  }

  get visited(): VisitedSites {
    return Object.fromEntries(this.#visits)
  }

  /** Each site before and after, by name. */
  get all(): readonly string[] {
    return this.#named(() => true)
  }

  /** Where no process ever died. */
  get missed(): readonly string[] {
    return this.#named(({ crashes }, moment) => crashes[moment] === 0)
  }

  #named(wanted: (visits: Visits, moment: Moment) => boolean): string[] {
    return [...this.#visits]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([site, visits]) =>
        MOMENTS.filter((moment) => wanted(visits, moment)).map((moment) => `${site}:${moment}`),
      )
  }

  #at(site: string): Visits {
    const known = this.#visits.get(site)
    if (known !== undefined) return known
    const visits = { calls: 0, crashes: { before: 0, after: 0 } }
    this.#visits.set(site, visits)
    return visits
  }
}

const MOMENTS: readonly Moment[] = ['before', 'after']

/** Calls and crashes by site, as processes tell each other. */
export type VisitedSites = Readonly<Record<string, Readonly<Visits>>>
