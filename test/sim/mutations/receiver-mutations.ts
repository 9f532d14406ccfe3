import type { Mutation } from './mutation.ts'

const BLOCKS = 'src/connectors/receiver/received-blocks.ts'

/** What receivers are given, from the put of a block to the one batch that reads it. */
export const RECEIVER_MUTATIONS: readonly Mutation[] = [
  {
    rule: 'ack-after-durable',
    without: 'a receiver is told that its block is durable before it is',
    edits: [
      {
        file: BLOCKS,
        find: '    await this.#write(key, bytes)\n',
        replace: '    void this.#write(key, bytes).catch(() => {})\n',
      },
    ],
  },
  {
    rule: 'blocks-by-set',
    without: 'a plan reads the blocks after the last one that was read',
    edits: [
      {
        file: 'src/checkpoint/consumed-blocks.ts',
        find: 'return holds(consumed[session] ?? [], number)',
        replace: 'return holds([0, consumed[session]?.at(-1) ?? 0], number)',
      },
    ],
  },
  {
    rule: 'block-marks-kept',
    without: 'marks go with the blocks that were read',
    edits: [
      {
        file: BLOCKS,
        find: 'recent.has(session) || !this.#gone.has(session)',
        replace: '[...this.#known.values()].some((block) => block.session === session)',
      },
    ],
  },
  {
    rule: 'marks-of-what-is-there',
    without: 'marks of a session are given up after so many others, though its blocks are there',
    edits: [{ file: BLOCKS, find: 'recent.has(session) || !this.#gone.has(session)', replace: 'recent.has(session)' }],
  },
  {
    rule: 'marks-are-few',
    without: 'marks of all sessions are kept that there ever were',
    edits: [
      {
        file: BLOCKS,
        find: 'recent.has(session) || !this.#gone.has(session)',
        replace: 'recent.has(session) || session.length > 0',
      },
    ],
  },
  {
    rule: 'known-blocks-are-there',
    without: 'who has been away plans the blocks that it knew',
    edits: [
      {
        file: BLOCKS,
        find: 'for (const key of missing) this.#known.delete(key)',
        replace: 'missing.clear()',
      },
    ],
  },
  {
    rule: 'marks-outlive-resets',
    without: 'a reset forgets which blocks were read',
    edits: [
      {
        file: 'src/scheduler/reset.ts',
        find: '...marksField(marksLeft(before)) }',
        replace: '...marksField(marksLeft({ ...before, positions: {} })) }',
      },
    ],
  },
]
