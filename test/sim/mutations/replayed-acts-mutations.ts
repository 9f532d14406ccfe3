import type { Mutation } from './mutation.ts'

const REPLAY = 'src/scheduler/replay.ts'
const OUTPUTS = 'src/scheduler/run-outputs.ts'

/** What replays do on the world outside (P20). */
export const REPLAYED_ACTS_MUTATIONS: readonly Mutation[] = [
  {
    rule: 'replays-do-not-act',
    without: 'a replay calls functions of foreachRDD although nobody has asked for that',
    edits: [{ file: OUTPUTS, find: "purpose === 'replay' && replayId", replace: "purpose === 'skip' && replayId" }],
  },
  {
    rule: 'told-replays-act',
    without: 'a replay that is to call functions of foreachRDD says that it is done, and has called none',
    edits: [{ file: REPLAY, find: 'withForeachRDD ? { replayId } : {}', replace: 'withForeachRDD ? {} : {}' }],
  },
  {
    rule: 'replay-tokens-apart',
    without: 'a replay calls functions with the token of the batch, for which they have acted',
    edits: [{ file: OUTPUTS, find: 'replayId === undefined ? token :', replace: 'replayId !== token ? token :' }],
  },
  {
    rule: 'replay-tokens-new',
    without: 'all replays of a batch call functions with one token, so that the second is taken for the first',
    edits: [{ file: OUTPUTS, find: 'encodeURIComponent(replayId)', replace: 'encodeURIComponent(app)' }],
  },
  {
    rule: 'replay-marks-of-batch',
    without: 'what a replay writes by key is newer than whatever batches have written since',
    edits: [
      {
        file: OUTPUTS,
        find: 'mark: batchMark(attempt)',
        replace: "mark: evaluation.replayId === undefined ? batchMark(attempt) : '~'",
      },
    ],
  },
  {
    rule: 'given-up-stays-so',
    without: 'a replay of a batch that was given up calls functions with what is left of it',
    edits: [{ file: REPLAY, find: "purpose: skipped === undefined ? 'replay' : 'skip'", replace: "purpose: 'replay'" }],
  },
]
