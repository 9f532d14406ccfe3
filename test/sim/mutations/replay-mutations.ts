import type { Mutation } from './mutation.ts'

const REPLAY = 'src/scheduler/replay.ts'

/** What is run again, and what it leaves behind (P20). */
export const REPLAY_MUTATIONS: readonly Mutation[] = [
  {
    rule: 'replay-begins-before',
    without: 'a batch is run again on the state that it left',
    edits: [{ file: REPLAY, find: 'carried = before, keep', replace: 'carried = manifest, keep' }],
  },
  {
    rule: 'replay-reads-what-was-read',
    without: 'a replay reads whatever was planned, also what its batch had given up',
    edits: [
      { file: REPLAY, find: 'const read = onlyWhatWasRead(plan, manifest)', replace: 'const read = plan' },
      {
        file: REPLAY,
        find: 'onlyWhatWasRead, planForGraph, refuseUnknownStreams',
        replace: 'planForGraph, refuseUnknownStreams',
      },
    ],
  },
  {
    rule: 'replay-has-own-memory',
    without: 'a replay works with the state that the process remembers, and leaves its own there',
    edits: [{ file: REPLAY, find: '{ ...runtime, state: store }', replace: 'runtime' }],
  },
  {
    rule: 'carried-state-goes-on',
    without: 'each batch of a range begins with the committed state, whatever was asked for',
    edits: [{ file: REPLAY, find: ', first, carried: last?.carried }', replace: ' }' }],
  },
  {
    rule: 'carried-state-has-its-graph',
    without: 'state that a replay has made anew is taken for state of the code that committed its batch',
    edits: [{ file: REPLAY, find: ', graph: graphRecord(graph) }', replace: ' }' }],
  },
  {
    rule: 'replay-compares-bytes',
    without: 'files of one length are taken for equal',
    edits: [
      {
        file: 'src/scheduler/compare-outputs.ts',
        find: 'before?.crc32c !== now?.crc32c || before?.sizeBytes',
        replace: 'before?.sizeBytes',
      },
    ],
  },
  {
    rule: 'shadows-end',
    without: 'what a replay wrote goes by the time of each of its batches, or never',
    edits: [
      {
        file: 'src/checkpoint/names.ts',
        find: 'passing\\/[^/]+\\/(?=b\\d+\\/.)/',
        replace: 'passing\\/[^/]+\\/b\\d+\\/(?=.)/',
      },
    ],
  },
  {
    rule: 'kept-shadows-lie-apart',
    without: 'what a replay wrote that was to be kept lies where collections look',
    edits: [
      {
        file: 'src/checkpoint/names.ts',
        find: 'const above = keep ? ',
        replace: "const above = id === '' ? ",
      },
    ],
  },
  {
    rule: 'repair-publishes-again',
    without: 'a repair finds that what readers see is not what was committed, and leaves it so',
    edits: [
      {
        file: 'src/scheduler/repair.ts',
        find: '      ...(await publishAgain(run, audit)),\n',
        replace: '',
      },
    ],
  },
  {
    rule: 'audits-look-only',
    without: 'an audit repairs what it finds, although nobody has asked for that',
    edits: [
      {
        file: 'src/scheduler/verify.ts',
        find: 'request.repair === true ? await repair(audit) : []',
        replace: 'await repair(audit)',
      },
    ],
  },
  {
    rule: 'repair-spares-damaged',
    without:
      'a repair collects garbage although objects of the checkpoint are damaged, or of a token that the head has not come to',
    edits: [
      {
        file: 'src/scheduler/repair.ts',
        find: "severity === 'note' || code",
        replace: 'severity !== undefined || code',
      },
    ],
  },
  {
    rule: 'repair-collects',
    without: 'a repair tells of garbage, and leaves it there',
    edits: [{ file: 'src/scheduler/repair.ts', find: '      ...(collects ? await collect(run) : []),\n', replace: '' }],
  },
  {
    rule: 'audits-read-bytes',
    without: 'an audit takes an object for whole that has its size',
    edits: [
      {
        file: 'src/scheduler/audit/audited-objects.ts',
        find: 'this.#options.quick || (await',
        replace: "what !== '' || (await",
      },
    ],
  },
  {
    rule: 'audits-list-outputs',
    without: 'an audit looks for the files that were committed, and not at those beside them',
    edits: [
      {
        file: 'src/connectors/output-files/audit-files.ts',
        find: '.filter((key) => !known.has(key))',
        replace: ".filter((key) => key === '' && !known.has(key))",
      },
    ],
  },
  {
    rule: 'audits-find-strays',
    without:
      'an audit looks at the directories of batches that it knows, and not for others that readers take for output',
    edits: [{ file: 'src/scheduler/verify.ts', find: '  await auditStrays(audit)\n', replace: '' }],
  },
  {
    rule: 'mended-from-whole',
    without: 'what is published is put right from staged files that are damaged themselves',
    edits: [
      {
        file: 'src/scheduler/audit/audit-outputs.ts',
        find: 'mendable) && (await isWhole(audit, staged, batchTime)))',
        replace: 'mendable))',
      },
    ],
  },
]
