/**
 * Where processes do input and output: `kind:operation`, as `head:commit` or `output:put-success`. Each is a place to crash
 * before and after.
 */
export class Sites {
  readonly #called = new Set<string>()
  readonly #crashed = new Set<string>()

  called(site: string): void {
    this.#called.add(site)
  }

  crashed(site: string, when: 'before' | 'after'): void {
    this.#crashed.add(`${site}:${when}`)
  }

  /** Takes in what another run saw. */
  merge(other: Sites): void {
    for (const site of other.#called) this.#called.add(site)
    for (const site of other.#crashed) this.#crashed.add(site)
  }

  get all(): readonly string[] {
    return [...this.#called].sort().flatMap((site) => [`${site}:before`, `${site}:after`])
  }

  get missed(): readonly string[] {
    return this.all.filter((site) => !this.#crashed.has(site))
  }
}
