/** An entry as it is stored. */
export interface StoredEntry {
  /** The table of its operator: what tells several apart, `''` for the main one. */
  readonly table: string
  readonly key: unknown
  /** Made anew by each call. */
  value(): unknown
}

/** Where an entry belongs. */
export interface Placement {
  readonly table: string
  readonly partition: number
  readonly partitions: number
  /** Another value than the stored one; `undefined`: that one. */
  readonly value?: unknown
}

/** The moment at which a graph changes, in milliseconds. */
export interface ChangeTime {
  /** The last batch of the former graph. */
  readonly committedMs: number
  readonly zeroMs: number
}

/** How the entries that an operator stored for a former graph come to be what it reads in this one. */
export interface StateShape {
  /**
   * Where an entry belongs; nowhere, if no batch to come needs it. Called for each entry in the order in which they are stored,
   * partition after partition: the order in which they are then found.
   */
  place(entry: StoredEntry, at: ChangeTime): Iterable<Placement>
  /** The value of two entries that come to have one place; needed only where that can be. */
  merge?(a: unknown, b: unknown): unknown
}
