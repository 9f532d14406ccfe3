import type { Mutation } from './mutation.ts'

const PUBLISH = 'src/scheduler/publish.ts'
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
        find: '  await inParallel(staged.files, async (file) => {\n',
        replace:
          "  await way.destination.put('_SUCCESS', new Uint8Array(0))\n  await inParallel(staged.files, async (file) => {\n",
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
        file: PUBLISH,
        find: 'const open = redo ? await stillOpen(all, attempt) : all',
        replace: 'const open = redo ? [] : all',
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
    rule: 'mark-after-close',
    without: 'the lease that is given back beside what closes the outputs takes the mark along',
    edits: [
      {
        file: PUBLISH,
        find: '  const closings = ',
        replace: '  run.head.notePublished(attempt)\n  const closings = ',
      },
    ],
  },
  {
    rule: 'finals-never-deleted',
    without: 'a publish that is done again first clears the directory',
    edits: [
      {
        file: PUBLISH,
        find: 'const open = redo ? await stillOpen(all, attempt) : all',
        replace: 'const open = all',
      },
      {
        file: PUBLISH_FILES,
        find: '  await inParallel(staged.files, async (file) => {\n',
        replace: `  await way.destination.delete(['_SUCCESS', ...staged.files.map(({ name }) => name)])
          await inParallel(staged.files, async (file) => {\n`,
      },
    ],
  },
]
