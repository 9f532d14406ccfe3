import type { Mutation } from './mutation.ts'

const PLAN = 'src/scheduler/plan.ts'

/** What a batch reads (P2, P5, P13). */
export const PLAN_MUTATIONS: readonly Mutation[] = [
  {
    rule: 'plan-before-side-effect',
    without: 'functions act on the world before the plan is in the head',
    edits: [{ file: 'src/checkpoint/plan-ahead.ts', find: 'return hasForeachRDD || ', replace: 'return ' }],
  },
  {
    rule: 'plan-kept',
    without: 'a plan that is in the head is cut anew',
    edits: [
      {
        file: PLAN,
        find: '  const { batchTime, plan: stored } = decision.planned\n',
        replace: `  if (decision.kind === 'rerun' || decision.kind === 'replan')
            return cut(run, base, { batchTime: decision.planned.batchTime })
          const { batchTime, plan: stored } = decision.planned\n`,
      },
    ],
  },
  {
    rule: 'plan-replaced-ahead',
    without: 'a plan that is cut anew is committed in one swap although the head holds another',
    edits: [{ file: 'src/checkpoint/plan-ahead.ts', find: 'head.planned !== undefined || ', replace: '' }],
  },
  {
    rule: 'latest-pinned-once',
    without: 'a stream without data keeps no position, and asks again where LATEST is',
    edits: [
      {
        file: 'src/scheduler/stored-positions.ts',
        find: 'Object.entries(sources).map((',
        replace: 'Object.entries(sources).filter(([, cut]) => cut.records !== 0).map((',
      },
    ],
  },
  {
    rule: 'latest-planned-ahead',
    without: 'where LATEST is, is in no head before its batch is committed',
    edits: [
      {
        file: 'src/checkpoint/plan-ahead.ts',
        find: 'hasForeachRDD || firstOfAStream || ',
        replace: 'hasForeachRDD || ',
      },
    ],
  },
  {
    rule: 'etag-checked',
    without: 'a file is read again whatever is in it now',
    edits: [
      { file: 'src/connectors/file-source.ts', find: '{ ifMatch: file.etag, listed: true', replace: '{ listed: true' },
    ],
  },
  {
    rule: 'files-remembered',
    without: 'a file stream forgets what it has read',
    edits: [
      {
        file: 'src/connectors/file-source.ts',
        find: 'for (const { partition } of plan.ranges) memory.add(partition)',
        replace: '',
      },
    ],
  },
  {
    rule: 'skip-names-plan',
    without: 'a skip gives up whatever batch is planned when it comes',
    edits: [
      {
        file: 'src/scheduler/skip.ts',
        find: 'if (planned?.batchTime === batchTime) return planned',
        replace: 'if (planned !== undefined) return planned',
      },
    ],
  },
  {
    rule: 'skip-moves-offsets',
    without: 'a skip drops the plan and leaves its data to the next batch',
    edits: [
      {
        file: 'src/scheduler/stage.ts',
        find: 'positionsAfter(runtime, base.manifest, plan)',
        replace:
          'positionsAfter(runtime, base.manifest, result.skipped === undefined ? plan : { ...plan, sources: {} })',
      },
    ],
  },
]
