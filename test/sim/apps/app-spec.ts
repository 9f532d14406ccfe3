import type { FilesLayoutOptions } from '../../../src/dstream/outputs/files-layout.ts'
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

/** A stream that is read from outside. */
export type InputSpec = Extract<NodeSpec, { readonly op: 'log' | 'received' | 'computed' | 'files' }>

export function isInput(node: NodeSpec | undefined): node is InputSpec {
  return sourceKind(node) !== undefined
}

/** What a graph calls the kind of source of a stream that is read from outside. */
export function sourceKind(node: NodeSpec | undefined): string | undefined {
  if (node?.op === 'log') return node.tape ? 'tape' : 'log'
  if (node?.op === 'files') return 'file'
  if (node?.op === 'computed') return 'computed'
  return node?.op === 'received' ? 'receiver' : undefined
}

/** One stream of a random application, all of pairs of a key and a whole number; `from` and its like are places in the list. */
export type NodeSpec =
  | LogSpec
  | { readonly op: 'received' }
  | { readonly op: 'computed' }
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
  chain: { maxPartRecords: 6 },
  more: { maxPartBytes: 64, compact: { targetBytes: 64 } },
  added: { compact: true },
}

export interface AppSpec {
  /** Batches that are kept, and from one collection to the next. */
  readonly retain: { readonly batches: number; readonly every: number }
  readonly nodes: readonly NodeSpec[]
  readonly outputs: readonly OutputSpec[]
}

/** Whether it is a function that acts on the world outside. */
export function isOutside({ kind }: OutputSpec): boolean {
  return kind === 'effect' || kind === 'keyed'
}

export function actsOutside({ outputs }: AppSpec): boolean {
  return outputs.some(isOutside)
}

/** Whether any of its streams has its bad records set apart. */
export function setsApart({ nodes }: AppSpec): boolean {
  return nodes.some((node) => node.op === 'log' && node.quota !== undefined)
}

/** Whether any of its streams is of blocks that a receiver stores. */
export function isGivenBlocks({ nodes }: AppSpec): boolean {
  return nodes.some(({ op }) => op === 'received')
}

/** Whether any of its streams makes its batches when somebody plans them. */
export function isComputed({ nodes }: AppSpec): boolean {
  return nodes.some(({ op }) => op === 'computed')
}
