import type { Head } from '../../../src/checkpoint/head.ts'
import type { Manifest } from '../../../src/checkpoint/manifest.ts'
import { entryLine, type Tables, tableNamed } from '../oracle/tables.ts'
import { Chance } from '../world/chance.ts'
import type { SimWorld } from '../world/sim-world.ts'
import type { Checker, Commit } from './checker.ts'
import { tablesIn } from './stored-tables.ts'

/** Reading all of it takes long: so often at a commit, and in the end. */
const SHARE = 0.02

/**
 * What is stored is what somebody remembers who has evaluated all batches from the first: each table, entry for entry, in its
 * order, with its times. Outputs show some of that, and late.
 */
export class StateChecker implements Checker {
  readonly #world: SimWorld
  /** Files that were read, as a file stream must remember them. */
  readonly #files: () => Iterable<string>
  readonly #chance: Chance
  /** Of the last batch; none after a reset. */
  #manifest: Manifest | undefined

  constructor(world: SimWorld, files: () => Iterable<string>) {
    this.#world = world
    this.#files = files
    this.#chance = new Chance(world.scenario.seed, 12)
  }

  /** After the oracle has taken it in. What is stored is read by nobody's process, and before anything else happens. */
  committed({ after, manifest }: Commit): void {
    this.#manifest = manifest
    if (this.#chance.chance(SHARE)) void this.#compare(after, manifest)
  }

  reset(): void {
    this.#manifest = undefined
  }

  async ended(): Promise<void> {
    const { head } = this.#world
    if (head !== undefined && this.#manifest !== undefined) await this.#compare(head, this.#manifest)
  }

  async #compare(head: Head, manifest: Manifest): Promise<void> {
    const expected = this.#expected(manifest)
    const violate = (message: string): void =>
      this.#world.violate('state-is-recomputed', `${manifest.attempt.batchTime} ms: ${message}`)
    try {
      const got = await tablesIn(this.#world.checkpoint, head, manifest)
      for (const name of new Set([...expected.keys(), ...got.keys()])) {
        const [right, there] = [linesOf(expected, name), linesOf(got, name)]
        if (right !== there) violate(`${name}\nexpected: ${right}\nstored:   ${there}`)
      }
    } catch (error) {
      violate(`it cannot be read: ${String(error)}`)
    }
  }

  #expected(manifest: Manifest): Tables {
    const { oracle, scenario } = this.#world
    const tables = oracle.tables(manifest.attempt.batchTime, scenario.intervalMs)
    const uid = oracle.uidOf('files')
    if (uid !== undefined)
      tables.set(
        tableNamed(`source:${uid}`, 0),
        [...this.#files()].map((url) => entryLine(url, true)),
      )
    return tables
  }
}

/** Panes are asked for by their times: in which order they lie is nobody's concern. */
function linesOf(tables: Tables, name: string): string {
  const lines = tables.get(name) ?? []
  return (name.includes('.panes/') ? lines.toSorted() : lines).join('  ')
}
