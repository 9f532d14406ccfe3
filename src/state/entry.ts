/** Key and value as they are kept: scalars as they are, objects in stored form. The time counts where rows are timed. */
export interface Entry {
  readonly key: unknown
  readonly value: unknown
  readonly time: number
}

/** An entry, and where it comes in first-seen order. */
export interface PlacedEntry extends Entry {
  readonly place: number
}
