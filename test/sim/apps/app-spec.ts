import type { FilesLayoutOptions } from '../../../src/dstream/outputs/files-layout.ts'
import type { Chance } from '../world/chance.ts'
import type { StateDraws } from './kept-state.ts'

/** A key of the simulated data, compared by value. */
export type Key = string | number | readonly (string | number)[]
export type Pair = readonly [key: Key, value: number]

/** How many bad records of a stream may be set apart in one batch. */
export interface LetterQuota {
  readonly maxRecords: number
  readonly maxShare: number
}

/** Of how many batches, and how many come until it is looked at again: one where nothing is said. */
export interface WindowSpec {
  readonly length: number
  readonly slide?: number
}

/** `tape`: to the checkpoint it is another kind of source, which reads the same log. */
export interface LogSpec {
  readonly op: 'log'
  readonly stream: number
  readonly quota?: LetterQuota
  readonly tape?: true
}

/** What a graph calls the kind of source of a stream that is read from outside. */
export function sourceKind(node: NodeSpec | undefined): string | undefined {
  if (node?.op === 'log') return node.tape ? 'tape' : 'log'
  if (node?.op === 'files') return 'file'
  return node?.op === 'received' ? 'receiver' : undefined
}

/** One stream of a random application, all of pairs of a key and a whole number; `from` and its like are places in the list. */
export type NodeSpec =
  | LogSpec
  | { readonly op: 'received' }
  | { readonly op: 'files'; readonly stream: number }
  | { readonly op: 'map'; readonly from: number; readonly times: number; readonly plus: number }
  | { readonly op: 'rekey'; readonly from: number; readonly modulus: number }
  | { readonly op: 'filter'; readonly from: number; readonly modulus: number; readonly rest: number }
  | { readonly op: 'repeat'; readonly from: number; readonly modulus: number }
  | { readonly op: 'union'; readonly left: number; readonly right: number }
  | { readonly op: 'join'; readonly left: number; readonly right: number; readonly partitions: number }
  | { readonly op: 'reduce'; readonly from: number; readonly partitions: number }
  | { readonly op: 'group'; readonly from: number; readonly partitions: number }
  | ({ readonly op: 'window'; readonly from: number } & WindowSpec)
  | ({ readonly op: 'reduce-window'; readonly from: number; readonly partitions: number } & WindowSpec)
  | ({ readonly op: 'inverse-window'; readonly from: number; readonly partitions: number } & WindowSpec)
  | ({
      readonly op: 'update-state'
      readonly from: number
      readonly partitions: number
      readonly modulus: number
    } & StateDraws)
  | ({
      readonly op: 'map-with-state'
      readonly from: number
      readonly partitions: number
      readonly modulus: number
      readonly timeout: number
    } & StateDraws)
  | { readonly op: 'snapshots'; readonly of: number; readonly partitions: number }

/**
 * What becomes of a stream. `text`: files of it. `tagged`: files whose lines also carry a number that every attempt draws
 * anew. `chain`: files of a state that remembers what its own attempts and those before them drew. `effect`: a function
 * that records what it was given, by its token. `keyed`: sums by key in a keyed store.
 */
export interface OutputSpec {
  readonly kind: 'text' | 'tagged' | 'chain' | 'effect' | 'keyed'
  readonly from: number
  readonly name: string
  /** Not every version of the application has it. */
  readonly added?: true
}

/** Into which files outputs go, by name: one a partition, several, or several partitions' in one. No chance is drawn for it. */
export const LAYOUTS: Readonly<Record<string, FilesLayoutOptions>> = {
  chain: { maxPartRecords: 2 },
  more: { maxPartBytes: 64, compact: { targetBytes: 64 } },
  added: { compact: true },
}

export interface AppSpec {
  /** Batches that are kept, and from one collection to the next. */
  readonly retain: { readonly batches: number; readonly every: number }
  readonly nodes: readonly NodeSpec[]
  readonly outputs: readonly OutputSpec[]
}

/** Whether any of its streams has its bad records set apart. */
export function setsApart({ nodes }: AppSpec): boolean {
  return nodes.some((node) => node.op === 'log' && node.quota !== undefined)
}

/** Whether any of its streams is of blocks that a receiver stores. */
export function isGivenBlocks({ nodes }: AppSpec): boolean {
  return nodes.some(({ op }) => op === 'received')
}

/** How many operators an application has: most have few, so that there are many applications. */
const OPERATORS = [0, 1, 1, 2, 2, 3, 4, 6] as const

/** A random application: one to four inputs, up to six operators, up to six outputs. `extra` draws what not all have. */
export function randomApp(chance: Chance, extra: Chance): AppSpec {
  const nodes: NodeSpec[] = [logNode(extra, 0)]
  if (chance.chance(0.3)) nodes.push(logNode(extra, 1))
  if (chance.chance(0.4)) nodes.push({ op: 'files', stream: 0 })
  if (extra.chance(0.15)) nodes.push({ op: 'received' })
  const operators = chance.pick(OPERATORS)
  for (let i = 0; i < operators; i++) nodes.push(randomOperator(chance, nodes))
  const retain = { batches: chance.pick([1, 1, 2, 4]), every: chance.pick([1, 3, 10, 100]) }
  const outputs = randomOutputs(chance, nodes)
  if (extra.chance(0.2)) outputs.push({ kind: 'keyed', from: recent(extra, nodes.length), name: 'keyed' })
  return { nodes, outputs, retain }
}

function logNode(extra: Chance, stream: number): NodeSpec {
  if (!extra.chance(0.3)) return { op: 'log', stream }
  return { op: 'log', stream, quota: { maxRecords: extra.pick([2, 1_000]), maxShare: extra.pick([0.5, 1, 1]) } }
}

function randomOperator(chance: Chance, nodes: readonly NodeSpec[]): NodeSpec {
  const from = recent(chance, nodes.length)
  const partitions = chance.between(1, 3)
  const length = chance.between(1, 4)
  const modulus = chance.between(3, 7)
  switch (chance.nextInt(16)) {
    case 0:
      return { op: 'map', from, times: chance.between(1, 3), plus: chance.between(-5, 5) }
    case 1:
      return { op: 'rekey', from, modulus }
    case 2:
      return { op: 'filter', from, modulus, rest: chance.nextInt(modulus) }
    case 3:
      return { op: 'repeat', from, modulus }
    case 4:
      return { op: 'union', left: from, right: chance.nextInt(nodes.length) }
    case 5: {
      const [left, right] = [from, chance.nextInt(nodes.length)]
      // Joined once more, a backlog becomes more records than any batch can write.
      const isJoined = nodes.some(({ op }) => op === 'join')
      return isJoined ? { op: 'union', left, right } : { op: 'join', left, right, partitions }
    }
    case 6:
      return { op: 'reduce', from, partitions }
    case 7:
      return { op: 'group', from, partitions }
    case 8:
      return { op: 'window', from, length }
    case 9:
      return { op: 'reduce-window', from, length, partitions }
    case 10:
      return { op: 'inverse-window', from, length, partitions }
    case 11:
      return { op: 'update-state', from, partitions, modulus: chance.between(5, 11) }
    default:
      return withSnapshots(chance, nodes) ?? mapWithState(chance, from, partitions)
  }
}

function mapWithState(chance: Chance, from: number, partitions: number): NodeSpec {
  const timeout = chance.chance(0.8) ? chance.between(1, 6) : 0
  return { op: 'map-with-state', from, partitions, modulus: chance.between(5, 11), timeout }
}

function withSnapshots(chance: Chance, nodes: readonly NodeSpec[]): NodeSpec | undefined {
  const of = nodes.findIndex(({ op }) => op === 'map-with-state')
  const node = nodes[of]
  if (node?.op !== 'map-with-state' || chance.chance(0.5)) return undefined
  return { op: 'snapshots', of, partitions: node.partitions }
}

function randomOutputs(chance: Chance, nodes: readonly NodeSpec[]): OutputSpec[] {
  const outputs: OutputSpec[] = [{ kind: chance.pick(['text', 'tagged']), from: nodes.length - 1, name: 'last' }]
  if (chance.chance(0.4)) outputs.push({ kind: 'chain', from: recent(chance, nodes.length), name: 'chain' })
  if (chance.chance(0.2)) outputs.push({ kind: 'effect', from: recent(chance, nodes.length), name: 'effect' })
  if (chance.chance(0.2)) outputs.push({ kind: 'tagged', from: recent(chance, nodes.length), name: 'more' })
  // Of a stream that has an output already, so that no operator begins later than the oracle thinks.
  if (chance.chance(0.4)) outputs.push({ kind: 'tagged', from: nodes.length - 1, name: 'added', added: true })
  return outputs
}

/** Mostly the latest, so that chains of operators come about. */
function recent(chance: Chance, count: number): number {
  return chance.chance(0.6) ? count - 1 : chance.nextInt(count)
}
