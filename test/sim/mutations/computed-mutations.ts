import type { Mutation } from './mutation.ts'

const COMPUTED = 'src/connectors/computed-source.ts'
const BLOCKS = 'src/connectors/receiver/received-blocks.ts'

/** What streams compute for their plans, from the put of a block to its collection. */
export const COMPUTED_MUTATIONS: readonly Mutation[] = [
  {
    rule: 'computed-read-back',
    without: 'what a batch reads is computed again instead of read from where it was stored',
    edits: [
      {
        file: COMPUTED,
        find: 'if (records !== 0) yield* readBlock(this.#options.surroundings.checkpoint, key, signal)',
        replace: 'if (records !== 0) yield ((await this.stream.compute(new Time(0))) ?? []) as readonly unknown[]',
      },
    ],
  },
  {
    rule: 'computed-of-one-plan',
    without: 'a plan names all that is stored, also what was computed for other plans',
    edits: [
      {
        file: COMPUTED,
        find: 'const ranges = await Promise.all(partitions.map((elements, partition) => this.#store(elements, partition)))',
        replace: `await Promise.all(partitions.map((elements, partition) => this.#store(elements, partition)))
          const ranges = (await this.#blocks.unread(consumedBy(position))).map(
            ({ key, records = 0 }): OffsetRange =>
              ({ partition: key, from: { offset: 0 }, until: { offset: records }, records }),
          )`,
      },
    ],
  },
  {
    rule: 'computed-all-marked',
    without: 'a position marks what its process has stored, and not what others have for plans that never came to be',
    edits: [
      {
        file: BLOCKS,
        find: '    await this.#list(consumed)\n',
        replace: '    if (!this.#session.startsWith(COMPUTED)) await this.#list(consumed)\n',
      },
    ],
  },
  {
    rule: 'computed-stay-for-replays',
    without: 'what was computed goes once it is read, though the batch may be run again',
    edits: [
      {
        file: 'src/checkpoint/garbage.ts',
        find: 'block === undefined || objects.has(key)) return false',
        replace: "block === undefined || (objects.has(key) && !block.session.startsWith('computed-'))) return false",
      },
    ],
  },
  {
    rule: 'left-blocks-outdated',
    without:
      'what was computed under a name that the last commit does not have goes, though a plan of other code may name it by then',
    edits: [
      {
        file: 'src/scheduler/collection.ts',
        find: "    this.fenced = (await outdateHead(this.#run)) === 'fenced'\n    const { planned } = head.head\n",
        replace: '    const { planned } = { ...head.head, planned: undefined }\n',
      },
      {
        file: 'src/scheduler/collection.ts',
        find: 'plans: planned ? [planned.plan] : []',
        replace: 'plans: planned ? [] : []',
      },
    ],
  },
]
