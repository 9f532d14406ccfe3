import type { Mutation } from './mutation.ts'

const PUBLISH_FILES = 'src/connectors/output-files/publish-files.ts'

const COMMIT_MAY_REPLACE_UNPUBLISHED = {
  file: 'src/checkpoint/transitions.ts',
  find: "assert(head.committed?.published !== false, 'a commit waits for the publish of the one before')",
  replace: '',
}

/** How committed bytes become visible (P4, P9, P10, P11). */
export const PUBLISH_MUTATIONS: readonly Mutation[] = [
  {
    rule: 'publish-after-commit',
    without: 'outputs are published before their commit',
    edits: [
      {
        file: 'src/scheduler/batch.ts',
        find: 'const committed = await commit(run, permit)\n',
        replace: `await publishCommitted(run, { attempt: permit.attempt, manifest: permit.stored, published: false }, { redo: false })
          const committed = await commit(run, permit)\n`,
      },
    ],
  },
  {
    rule: 'success-last',
    without: '_SUCCESS is written before the parts',
    edits: [
      {
        file: PUBLISH_FILES,
        find: '  await inParallel(WIDTH, staged.files, async (file) => {\n',
        replace:
          '  await destination.put(SUCCESS, new Uint8Array(0))\n  await inParallel(WIDTH, staged.files, async (file) => {\n',
      },
    ],
  },
  {
    rule: 'parts-acked',
    without: '_SUCCESS is written beside the parts',
    edits: [
      {
        file: PUBLISH_FILES,
        find: '    await publishFile(file, way)\n',
        replace: '    void publishFile(file, way).catch(() => {})\n',
      },
    ],
  },
  {
    rule: 'success-sorts-first',
    without: 'names of parts sort before _SUCCESS',
    edits: [
      {
        file: 'src/connectors/output-files/batch-directory.ts',
        find: '`part-',
        replace: '`PART-',
      },
    ],
  },
  {
    rule: 'redo-publish',
    without: 'a commit that was not published is marked so by whoever comes next',
    edits: [
      {
        file: 'src/scheduler/publish.ts',
        find: '  await allDone(outputs.map(',
        replace: '  if (!redo) await allDone(outputs.map(',
      },
    ],
  },
  {
    rule: 'commit-waits-for-publish',
    without: 'the next batch is planned and committed whether the last one is visible or not',
    edits: [
      {
        file: 'src/checkpoint/decide.ts',
        find: '  if (publish !== undefined) return publish\n',
        replace: '',
      },
      COMMIT_MAY_REPLACE_UNPUBLISHED,
    ],
  },
  {
    rule: 'mark-after-publish',
    without: 'a commit marks itself as published',
    edits: [
      {
        file: 'src/scheduler/commit.ts',
        find: 'const nothingToPublish = permit.manifest.outputs.length === 0',
        replace: 'const nothingToPublish = true',
      },
    ],
  },
  {
    rule: 'finals-never-deleted',
    without: 'a publish that is done again first clears the directory',
    edits: [
      {
        file: PUBLISH_FILES,
        find: '  if (context.redo && (await destination.head(SUCCESS)) !== undefined) return\n',
        replace: '  if (context.redo) await destination.delete([SUCCESS, ...staged.files.map(({ name }) => name)])\n',
      },
    ],
  },
]
