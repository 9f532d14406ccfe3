/** A seed that once found a violation in the product, by the simulator of that day. */
export interface Regression {
  readonly seed: number
  /** What was wrong. */
  readonly found: string
}

export const REGRESSIONS: readonly Regression[] = [
  { seed: 294, found: 'a plan cut anew after deadlines was committed in one swap while the head held the one before' },
]
