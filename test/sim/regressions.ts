/** A seed that once found a violation, of the product's or of a checker's, by the simulator of that day. */
export interface Regression {
  readonly seed: number
  /** What was wrong. */
  readonly found: string
}

export const REGRESSIONS: readonly Regression[] = [
  { seed: 294, found: 'a plan cut anew after deadlines was committed in one swap while the head held the one before' },
  {
    seed: 38,
    found: 'an invocation with a stale head took what had been collected for damage, as it had read the head since',
  },
  {
    seed: 150,
    found:
      'an invocation that was overtaken recorded the failure of its source in the head of the one that overtook it',
  },
  {
    seed: 20_571,
    found: 'a checker took a batch for late that reads dead letters again and fails, as they are over the quota',
  },
  { seed: 101_195, found: 'a warm process failed, tick after tick, at positions that only it remembered' },
]
