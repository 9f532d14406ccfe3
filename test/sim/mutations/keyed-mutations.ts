import type { Mutation } from './mutation.ts'

const STORE = 'src/local/stores/memory-keyed-store.ts'

/** Values by key in a store outside (`keyedWrites`). */
export const KEYED_MUTATIONS: readonly Mutation[] = [
  {
    rule: 'keyed-not-older',
    without: 'whoever writes last wins, whatever batch that is of',
    edits: [{ file: STORE, find: 'newest > write.mark', replace: "newest > '~'" }],
  },
  {
    rule: 'keyed-mark-has-incarnation',
    without: 'batches are told by their times alone, also those of a checkpoint and of its copy',
    edits: [
      {
        file: 'src/checkpoint/batch-mark.ts',
        find: 'String(incarnation)',
        replace: 'String(incarnation - incarnation)',
      },
    ],
  },
  {
    rule: 'keyed-tombstones',
    without: 'a key that is deleted is gone, and its mark with it',
    edits: [
      {
        file: STORE,
        find: '    this.#items.set(write.key, write)\n',
        replace:
          '    if (write.value === undefined) this.#items.delete(write.key)\n    else this.#items.set(write.key, write)\n',
      },
    ],
  },
  {
    rule: 'keyed-acked',
    without: 'a batch goes on without waiting for what it writes by key',
    edits: [
      {
        file: 'src/dstream/outputs/keyed-writes.ts',
        find: 'await allDone(writes.map((write) => store.write(write, signal)))',
        replace: 'void allDone(writes.map((write) => store.write(write, signal))).catch(() => {})',
      },
    ],
  },
]
