/** A step of writing one partition, at which a process may die. */
export type WritingStep = 'begun' | 'token-written' | 'rows-written' | 'committed'

export interface PartitionOfCounts {
  /** Absent: whatever comes is added, as by those who do not use tokens. */
  readonly token: string | undefined
  readonly rows: readonly (readonly [string, number])[]
}

/** Totals by word, in a database that outlives the process that writes them. */
export interface CountsTable {
  /** Adds a partition's counts in one transaction, unless its token is there already; `at` may throw, which rolls back. */
  add(partition: PartitionOfCounts, at: (step: WritingStep) => void): void
  totals(): Readonly<Record<string, number>>
}

/** What a database does, in memory: a transaction works on a copy. */
export class MemoryCountsTable implements CountsTable {
  #totals = new Map<string, number>()
  #tokens = new Set<string>()

  add({ token, rows }: PartitionOfCounts, at: (step: WritingStep) => void): void {
    at('begun')
    const [totals, tokens] = [new Map(this.#totals), new Set(this.#tokens)]
    const isNew = token === undefined || !tokens.has(token)
    if (token !== undefined) tokens.add(token)
    at('token-written')
    if (isNew) for (const [word, count] of rows) totals.set(word, (totals.get(word) ?? 0) + count)
    at('rows-written')
    this.#totals = totals
    this.#tokens = tokens
    at('committed')
  }

  totals(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#totals].sort())
  }
}
