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
  {
    seed: 730_332,
    found:
      'an audit looked for the state of before a reset in what the reset began with, at the time of the last batch',
  },
  {
    seed: 2_005_389,
    found: 'a checker took blocks for unread that were given up with a plan, by code that calls their stream otherwise',
  },
  {
    seed: 2_008_427,
    found: 'a checker expected nothing of a batch that was planned when the application went on elsewhere',
  },
  {
    seed: 3_005_114,
    found: 'a replay took what its batch had given up for what another stream had read, which took its former name',
  },
  {
    seed: 4_000_187,
    found: 'a position that a batch had committed for other code outlived the word that dropped its name',
  },
  {
    seed: 4_005_199,
    found: 'a checker held the first batch after a reset to a stream that its code did not have',
  },
  {
    seed: 5_001_162,
    found: 'a checker forgot at a reset that kept positions what had been committed for other code',
  },
  {
    seed: 5_019_272,
    found: 'a chunk of thousands of files was staged long after the time was up, so that no batch was ever cut smaller',
  },
  {
    seed: 5_062_037,
    found: 'a first plan that was cut smaller began where the source began by then, and what that had lost was skipped',
  },
  {
    seed: 5_077_005,
    found: 'a checker did not know that what was committed for other code had been renamed by the time it was read',
  },
  { seed: 6_108_727, found: 'a checker took a savepoint of the beginning of a copy for a trace of its first batch' },
  { seed: 1_021, found: 'a comparison took what was collected while it counted batches for damage' },
  { seed: 101_195, found: 'a warm process failed, tick after tick, at positions that only it remembered' },
  { seed: 130, found: 'that a place did not answer was foreseen as a failure of the first batch after an upgrade' },
  {
    seed: 9_003_408,
    found: 'who could not learn that a successor had published the batch blamed files of another run',
  },
  { seed: 9_016_671, found: 'a checker wanted back what somebody had left behind twice under one name' },
  {
    seed: 9_111_297,
    found: 'a range of replays took what was collected of the state that it had begun with for damage',
  },
  { seed: 9_123_306, found: 'the same, of a snapshot' },
  { seed: 11_000_095, found: 'a process that had been away planned blocks whose marks others had given up' },
  { seed: 11_000_621, found: 'the same, of blocks that a listing had shown' },
  { seed: 7_300_262, found: 'a checker wanted files read that were given up with a plan of other code' },
  {
    seed: 9_512_187,
    found: 'a checker did not allow for a put that comes after so many sessions that its marks are gone',
  },
  { seed: 9_500_532, found: 'a checker did not know that a stream of no commit goes on under its new name' },
  { seed: 9_501_496, found: 'the same, where it had listed them for a plan from a head that was out of date' },
  { seed: 31_001_051, found: 'a checker took a plan for named that a smaller one had replaced' },
  {
    seed: 31_001_230,
    found: 'a checker wanted a stream to begin where another had whose name was given up before the first commit',
  },
  {
    seed: 2_893,
    found: 'a process planned blocks that others had read, collected and forgotten a second after it had listed them',
  },
  {
    seed: 40_005_025,
    found: 'a checker wanted a replay to read what the batch had read of a stream that the replaying code had given up',
  },
  {
    seed: 61_009_150,
    found: 'a checker wanted a stream of other code to begin where that of the first plan had, which was cut smaller',
  },
]
