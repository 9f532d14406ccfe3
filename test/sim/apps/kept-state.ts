import type { Chance } from '../world/chance.ts'
import type { AppSpec, Key, NodeSpec, Pair } from './app-spec.ts'

/** State as most functions have it: changed in place. */
export interface Sum {
  sum: number
}

/** In which form state is stored: an object, the text that a codec makes of one, or the number alone. */
export type KeptAs = 'object' | 'text' | 'number'

/** What nodes with state have beside what they compute. */
export interface StateDraws {
  /** Absent: objects of `updateStateByKey`, numbers of `mapWithState`. */
  readonly kept?: KeptAs
  /** State to begin with, in this order: some keys are there twice, some come from nowhere else. */
  readonly initial?: readonly Pair[]
}

export const AS_TEXT = {
  encode: (state: number | Sum): string => `sum ${sumOf(state)}`,
  decode: (text: string): Sum => ({ sum: sumOf(text) }),
}

/** Nodes of which people write the state. */
export type StateNode = Extract<NodeSpec, { readonly op: 'update-state' | 'map-with-state' }>

export function keptAs({ op, kept }: StateNode): KeptAs {
  return kept ?? (op === 'map-with-state' ? 'number' : 'object')
}

/** A sum in the form in which it is stored. */
export function stored(sum: number, kept: KeptAs): number | string | Sum {
  if (kept === 'number') return sum
  return kept === 'text' ? AS_TEXT.encode(sum) : { sum }
}

/** The sum that a function is given, or that is stored, in whatever form. */
export function sumOf(state: number | string | Sum): number {
  if (typeof state === 'object') return state.sum
  return typeof state === 'number' ? state : Number(state.slice('sum '.length))
}

const INITIAL_KEYS: readonly Key[] = ['a', 'c', 7, 12, ['x', 1], 3, 'nobody else']

/** The application, whose nodes with state have drawn what else belongs to them. */
export function withStateDraws(app: AppSpec, chance: Chance): AppSpec {
  const drawn = (node: NodeSpec): NodeSpec => {
    if (node.op === 'update-state') return { ...node, ...draws(chance, ['object', 'object', 'text']) }
    return node.op === 'map-with-state' ? { ...node, ...draws(chance, ['number', 'object', 'object', 'text']) } : node
  }
  return { ...app, nodes: app.nodes.map(drawn) }
}

function draws(chance: Chance, forms: readonly KeptAs[]): StateDraws {
  const kept = chance.pick(forms)
  if (!chance.chance(0.7)) return { kept }
  const pair = (): Pair => [chance.pick(INITIAL_KEYS), chance.between(1, 50)]
  return { kept, initial: Array.from({ length: chance.between(1, 4) }, pair) }
}
