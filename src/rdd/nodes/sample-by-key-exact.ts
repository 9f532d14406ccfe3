import { hashKey } from '../../util/hash.ts'
import { Random } from '../../util/random.ts'
import { KeyTable } from '../key-table.ts'
import { type Emit, type Node, narrow, type ShuffleDependency, type Task } from '../node.ts'
import { readBlock } from '../shuffle.ts'
import { fractionOf, fractionsOf, type SampleByKeyOptions } from './sample-by-key.ts'

/**
 * Of each key, exactly the share that was asked for, rounded up. The parent is computed once more, to count its keys;
 * then every task draws the same places among all pairs of a key, and keeps those in its own partition.
 */
export function sampleByKeyExactNode<K, V>(parent: Node<[K, V]>, options: SampleByKeyOptions<K>): Node<[K, V]> {
  const fractions = fractionsOf(options)
  const counts = keyCounts(parent)
  async function compute(partition: number, task: Task, emit: Emit<[K, V]>): Promise<void> {
    const strata = await strataOf<K>(counts, partition, task)
    for (const [key, stratum] of strata.entries()) {
      stratum.drawn = draw(stratum, fractionOf(fractions, key, options.site), {
        random: new Random(options.seed, hashKey(key)),
        withReplacement: options.withReplacement,
      })
    }
    await parent.compute(partition, task, (pair) => {
      const stratum = strata.get(pair[0])
      for (let times = stratum?.drawn.get(stratum.at++) ?? 0; times > 0; times--) emit(pair)
    })
  }
  return {
    partitions: parent.partitions,
    partitioner: parent.partitioner,
    dependencies: [counts, narrow(parent)],
    compute,
  }
}

/** The pairs of one key: how many there are in all, and which of them are in this partition. */
interface Stratum {
  total: number
  first: number
  count: number
  /** The place of the next pair. */
  at: number
  /** How often the pairs of this partition are in the sample, by their places. */
  drawn: ReadonlyMap<number, number>
}

function keyCounts(parent: Node<[unknown, unknown]>): ShuffleDependency {
  return {
    kind: 'shuffle',
    parent,
    reducers: 1,
    writer() {
      const counts = new KeyTable<unknown, number>()
      return {
        emit(record) {
          const [key] = record as [unknown, unknown]
          counts.set(key, (counts.get(key) ?? 0) + 1)
        },
        blocks: () => [{ keys: counts.keys, values: counts.values }],
      }
    },
  }
}

async function strataOf<K>(counts: ShuffleDependency, own: number, task: Task): Promise<KeyTable<K, Stratum>> {
  const strata = new KeyTable<K, Stratum>()
  for (let partition = 0; partition < counts.parent.partitions; partition++) {
    const { keys = [], values } = await readBlock({ dependency: counts, partition: 0, task }, partition)
    for (const [i, key] of keys.entries()) add(strata, key as K, { count: Number(values[i]), partition, own })
  }
  return strata
}

function add<K>(
  strata: KeyTable<K, Stratum>,
  key: K,
  { count, partition, own }: { readonly count: number; readonly partition: number; readonly own: number },
): void {
  const known = strata.get(key)
  const stratum = known ?? { total: 0, first: 0, count: 0, at: 0, drawn: new Map() }
  if (!known) strata.add(key, stratum)
  if (partition === own) {
    stratum.first = stratum.total
    stratum.at = stratum.total
    stratum.count = count
  }
  stratum.total += count
}

function draw(
  { total, first, count }: Stratum,
  fraction: number,
  { random, withReplacement }: { readonly random: Random; readonly withReplacement: boolean },
): Map<number, number> {
  const drawn = new Map<number, number>()
  const take = (place: number): void => {
    if (place >= first && place < first + count) drawn.set(place, (drawn.get(place) ?? 0) + 1)
  }
  let wanted = Math.ceil(total * fraction)
  if (withReplacement) for (; wanted > 0; wanted--) take(random.nextInt(total))
  // Selection sampling (Knuth's algorithm S): each place in turn, with the chance that it is among those still wanted.
  for (let place = 0; wanted > 0; place++) {
    if (random.nextInt(total - place) >= wanted) continue
    take(place)
    wanted--
  }
  return drawn
}
