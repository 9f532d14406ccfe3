import type { Mutation } from './mutation.ts'

const LETTERS = 'src/checkpoint/dead-letters.ts'
const STAGE = 'src/scheduler/dead-letters/stage-letters.ts'
const NEEDED = 'src/scheduler/needed-objects.ts'

/** Dead letters, from the batch that left a record out to the swap that settles it (P19). */
export const LETTER_MUTATIONS: readonly Mutation[] = [
  {
    rule: 'letters-settled-once',
    without: 'letters that a batch has read again stay in the box, to be read again',
    edits: [
      { file: LETTERS, find: 'open: [...without(box, retried), ...made]', replace: 'open: [...box.open, ...made]' },
    ],
  },
  {
    rule: 'letters-outlive-skips',
    without: 'a batch that is given up settles the letters that it was to read',
    edits: [
      { file: STAGE, find: 'batch.skipped ? afterSkip(before, retried) : afterBatch(', replace: 'afterBatch(' },
      { file: STAGE, find: 'retried: batch.skipped ? [] : retried', replace: 'retried' },
      { file: STAGE, find: '  afterSkip,\n', replace: '' },
    ],
  },
  {
    rule: 'gc-spares-dead-letters',
    without: 'a collection does not look at letters that are open',
    edits: [
      {
        file: NEEDED,
        find: 'if (head.deadLetters !== undefined) keep(',
        replace: 'if (head.deadLetters !== undefined) void (',
      },
    ],
  },
  {
    rule: 'letters-made-by-the-batch',
    without: 'letters are left out of the box that the commit names',
    edits: [
      { file: LETTERS, find: 'open: [...without(box, retried), ...made]', replace: 'open: [...without(box, retried)]' },
    ],
  },
  {
    rule: 'letters-within-quota',
    without: 'any number of bad records is set apart',
    edits: [
      {
        file: 'src/scheduler/dead-letters/stream-trial.ts',
        find: 'if (this.#letters.length > quota.maxRecords) throw',
        replace: 'if (this.#letters.length < 0) throw',
      },
    ],
  },
]
