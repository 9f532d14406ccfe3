/** A seed that once found a violation in the product, by the simulator of that day. */
export interface Regression {
  readonly seed: number
  /** What was wrong. */
  readonly found: string
}

export const REGRESSIONS: readonly Regression[] = []
