import type { Mutation } from './mutation.ts'

/** What collection spares. */
export const GC_MUTATIONS: readonly Mutation[] = [
  {
    rule: 'gc-spares-current-token',
    without: 'what no manifest names is deleted, also of the attempt that is under way',
    edits: [{ file: 'src/checkpoint/garbage.ts', find: 'attempt.token < token && !objects', replace: '!objects' }],
  },
  {
    rule: 'gc-spares-unpublished',
    without: 'outputs of the last commit are deleted whether they are visible or not',
    edits: [
      {
        file: 'src/checkpoint/garbage.ts',
        find: 'attempt.token < token && !objects.has(key)',
        replace: "attempt.token < token && (!objects.has(key) || key.includes('/output/'))",
      },
    ],
  },
  {
    rule: 'gc-spares-base',
    without: 'only the last changelog is kept, not what it builds on',
    edits: [
      {
        file: 'src/checkpoint/garbage.ts',
        find: 'attempt.token < token && !objects.has(key)',
        replace: "attempt.token < token && (!objects.has(key) || key.includes('/snapshot/'))",
      },
    ],
  },
  {
    rule: 'boundary-first',
    without: 'what is given up is deleted before anybody can know that it is',
    edits: [
      {
        file: 'src/scheduler/collection.ts',
        find: "(await run.head.swap((head) => bounded(head, retained.boundary))) === 'fenced'",
        replace: 'false',
      },
    ],
  },
  {
    rule: 'pin-in-head',
    without: 'a collection does not look at savepoints',
    edits: [
      {
        file: 'src/scheduler/needed-objects.ts',
        find: 'keep(savepoint)',
        replace: 'void savepoint',
      },
    ],
  },
  {
    rule: 'collection-takes-a-token',
    without: 'an invocation collects under the token of its batches',
    edits: [
      {
        file: 'src/scheduler/regular-collection.ts',
        find: "if ((await takeLease(run)) === 'overtaken') return",
        replace: "if (!hasLease(run) && (await takeLease(run)) === 'overtaken') return",
      },
    ],
  },
  {
    rule: 'collection-ends-when-fenced',
    without: 'a collection goes on when its lease turns out to be lost',
    edits: [
      {
        file: 'src/scheduler/collection.ts',
        find: "this.fenced = (await keepLease(this.#run)) === 'fenced'",
        replace: 'await keepLease(this.#run)',
      },
    ],
  },
  {
    rule: 'reset-publishes-first',
    without: 'a reset leaves what is committed and not visible to nobody',
    edits: [
      {
        file: 'src/scheduler/reset.ts',
        find: '  if (committed !== undefined) await publishCommitted(run, committed, { redo: true })\n',
        replace: '',
      },
      {
        file: 'src/checkpoint/operator-acts.ts',
        find: "  assert(head.committed?.published !== false, 'a reset waits for the publish of the last commit')\n",
        replace: '',
      },
    ],
  },
  {
    rule: 'final-names-per-incarnation',
    without: 'a new incarnation begins at the batch times of the old one',
    edits: [
      {
        file: 'src/scheduler/reset.ts',
        find: 'if (startMs === undefined) return Math.max(last, zeroTimeAt(runtime.clock.now(), runtime.batchIntervalMs))',
        replace: 'if (startMs === undefined) return head.zeroTime',
      },
      {
        file: 'src/checkpoint/operator-acts.ts',
        find: "  assert(zeroTime >= (head.committed?.attempt.batchTime ?? head.zeroTime), 'an incarnation starts after the one before')\n",
        replace: '',
      },
    ],
  },
  {
    rule: 'reset-keeps-counters',
    without: 'a reset begins with the first token again',
    edits: [
      {
        file: 'src/checkpoint/operator-acts.ts',
        find: 'return { ...rest, incarnation: attempt.incarnation, zeroTime, committed, history }',
        replace:
          'return { ...rest, token: 1 as Token, incarnation: attempt.incarnation, zeroTime, committed, history }',
      },
    ],
  },
  {
    rule: 'gc-relists',
    without: 'what lies below the last boundary is taken for clean and not looked at again',
    edits: [
      {
        file: 'src/scheduler/collection.ts',
        find: 'this.#pages(attemptsPrefix(this.#run.runtime.app))',
        replace: `this.#run.runtime.checkpoint.list(attemptsPrefix(this.#run.runtime.app), {
          startAfter: attemptsPrefix(this.#run.runtime.app) + 'i000001/t' + String(this.#run.head.head.boundary).padStart(12, '0'),
        })`,
      },
    ],
  },
  {
    rule: 'gc-begins-anew',
    without: 'who has come to the end of a listing begins the next, also by hand, where one was once cut off',
    edits: [
      {
        file: 'src/scheduler/collect.ts',
        find: 'untilMs: Number.POSITIVE_INFINITY }',
        replace: 'untilMs: Number.POSITIVE_INFINITY, after: run.head.head.collectedTo }',
      },
      {
        file: 'src/checkpoint/operator-acts.ts',
        find: 'return { ...collectedTo(head, to), collected: batchTime }',
        replace: 'return { ...collectedTo(head, to ?? head.collectedTo), collected: batchTime }',
      },
    ],
  },
]
