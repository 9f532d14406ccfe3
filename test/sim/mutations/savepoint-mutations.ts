import type { Mutation } from './mutation.ts'

const BEGIN = 'src/scheduler/begin-from.ts'

/** What a checkpoint begins with that begins with a savepoint of another (P16). */
export const SAVEPOINT_MUTATIONS: readonly Mutation[] = [
  {
    rule: 'savepoint-is-of-one-batch',
    without: 'a checkpoint begins with the state of a savepoint, and with the positions that the original has by now',
    edits: [
      {
        file: BEGIN,
        find: 'await copiedManifest(runtime, attempt, { savepoint, from: from.checkpoint })',
        replace: `{
          ...(await copiedManifest(runtime, attempt, { savepoint, from: from.checkpoint })),
          ...(head.committed && {
            positions: (await load(from.checkpoint, head.committed.manifest, decodeManifest)).positions,
          }),
        }`,
      },
      { file: BEGIN, find: 'import { decodePlan }', replace: 'import { decodeManifest, decodePlan }' },
    ],
  },
  {
    rule: 'savepoint-has-inline-changes',
    without: 'changes that travel in manifests are left out of savepoints',
    edits: [
      {
        file: 'src/scheduler/savepoint.ts',
        find: 'changelogs.filter(({ object }) => object === undefined)',
        replace: 'changelogs.slice(changelogs.length)',
      },
    ],
  },
  {
    rule: 'savepoint-keeps-grid',
    without: 'the grid of batches begins anew with the batch of the savepoint',
    edits: [{ file: BEGIN, find: 'const { zeroTime } = savepoint', replace: 'const zeroTime = batchTime' }],
  },
  {
    rule: 'savepoint-is-copied',
    without: 'a checkpoint goes on with snapshots that another one may delete',
    edits: [{ file: BEGIN, find: 'async (ref) => copies.within(ref)', replace: 'async (ref) => ref' }],
  },
  {
    rule: 'copy-names-what-it-has',
    without: 'a checkpoint names the changelog of a batch that stays with the original',
    edits: [{ file: BEGIN, find: '    changes: _changes,\n', replace: '' }],
  },
  {
    rule: 'copies-have-incarnations',
    without: 'outside, what a copy does is taken for what its original did',
    edits: [
      {
        file: BEGIN,
        find: '{ incarnation, batchTime, token',
        replace: '{ incarnation: savepoint.manifest.attempt.incarnation, batchTime, token',
      },
    ],
  },
]
