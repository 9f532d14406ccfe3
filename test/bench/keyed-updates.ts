import { Random } from '../../src/util/random.ts'

export const KEYS = 1_000_000
export const UPDATES = 100_000

/** One update: a key, and what to add. */
export type Update = readonly [key: number, add: number]

/** The first batch sets every key once, in no order; each further one is about keys drawn at random. */
export function keyedUpdates(batches: number): Update[][] {
  const random = new Random(KEYS, UPDATES)
  const all = Array.from({ length: KEYS }, (_, key) => key)
  for (let i = all.length - 1; i > 0; i--) {
    const j = random.nextInt(i + 1)
    ;[all[i], all[j]] = [all[j] as number, all[i] as number]
  }
  const drawn = () => Array.from({ length: UPDATES }, (): Update => [random.nextInt(KEYS), 1])
  return [all.map((key): Update => [key, 1]), ...Array.from({ length: batches }, drawn)]
}

/** What it is held against: a `Map`, changed in place, nothing stored. */
export class MapLoop {
  readonly #state = new Map<number, number>()

  apply(updates: readonly Update[]): void {
    for (const [key, add] of updates) this.#state.set(key, (this.#state.get(key) ?? 0) + add)
  }

  /** Visits every key. */
  sum(): number {
    let sum = 0
    for (const [, count] of this.#state) sum += count
    return sum
  }

  get size(): number {
    return this.#state.size
  }
}
