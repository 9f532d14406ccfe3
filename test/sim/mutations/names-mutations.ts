import type { Mutation } from './mutation.ts'

const NAMES = 'src/checkpoint/names.ts'

/** What attempts write, and that it is there (P3, P6, P12). */
export const NAMES_MUTATIONS: readonly Mutation[] = [
  {
    rule: 'token-in-names',
    without: 'attempts of one batch under different leases write the same names',
    edits: [{ file: NAMES, find: 'pad(token, DIGITS.token)', replace: 'pad(0, DIGITS.token)' }],
  },
  {
    rule: 'attempt-in-names',
    without: 'attempts under one lease write the same names',
    edits: [
      {
        file: NAMES,
        find: 'const { incarnation, token, batchTime, number } = attempt',
        replace: 'const { incarnation, token } = attempt\n  const [batchTime, number] = [0, 0]',
      },
    ],
  },
  {
    rule: 'stage-acked',
    without: 'what is staged is not waited for',
    edits: [
      {
        file: 'src/scheduler/stored.ts',
        find: '  await store.put(key, bytes)\n',
        replace: '  void store.put(key, bytes).catch(() => {})\n',
      },
    ],
  },
  {
    rule: 'replay-in-shadow',
    without: "a replay writes under its batch's own names",
    edits: [
      {
        file: 'src/scheduler/replay.ts',
        find: 'const shadow = shadowPrefix(runtime.app, batchTime, { id: replayId, keep })',
        replace: "const shadow = manifestKey(runtime.app, manifest.attempt).replace(/manifest$/, 'output')",
      },
      {
        file: 'src/scheduler/replay.ts',
        find: 'import { isShadowOf, shadowKey,',
        replace: 'import { manifestKey, shadowKey,',
      },
    ],
  },
  {
    rule: 'shadow-per-replay',
    without: 'all replays of a batch write one shadow directory',
    edits: [
      {
        file: 'src/scheduler/replay.ts',
        find: '{ id: replayId, keep })',
        replace: "{ id: 'replay', keep })",
      },
    ],
  },
]
