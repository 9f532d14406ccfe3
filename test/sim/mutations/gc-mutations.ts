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
]
