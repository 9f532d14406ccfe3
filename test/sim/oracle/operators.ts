import { partitionOfKey } from '../../../src/util/hash.ts'
import type { Key, NodeSpec, Pair, WindowSpec } from '../apps/app-spec.ts'
import { advanceState, isOnlyLookedAt, mix, TIMED_OUT } from '../apps/functions.ts'
import { keptAs } from '../apps/kept-state.ts'
import { type Dataset, eachPartition, grouped, keyText, mapped, shuffled, united } from './dataset.ts'

/** What an operator remembers of earlier batches, in plain arrays and maps: made by its first batch. */
export interface Memory {
  /** Datasets of the batches in a window, oldest first, `undefined` for batches that are not there. */
  readonly panes: (Dataset | undefined)[]
  /** By partition: the state of each key. */
  readonly states: (Map<string, { readonly key: Key; state: { sum: number }; changed: number }> | undefined)[]
  /** Whether the state that it begins with is there. */
  begun: boolean
}

type StateTable = NonNullable<Memory['states'][number]>

export function tableAt(states: Memory['states'], partition: number): StateTable {
  const table: StateTable = states[partition] ?? new Map()
  states[partition] = table
  return table
}

/** The memory of a node before its first batch. */
export function nothing(): Memory {
  return { panes: [], states: [], begun: false }
}

export interface Step {
  /** From 1. */
  readonly batch: number
  readonly memory: Memory
  /** Nothing times out in a batch that was skipped: nobody would see it. */
  readonly givenUp: boolean
}

/** The pairs of one node of the graph in one batch, from those of its parents. */
export function evaluateNode(node: NodeSpec, parents: readonly Dataset[], step: Step): Dataset {
  const [one = NOTHING, other = NOTHING] = parents
  switch (node.op) {
    case 'log':
    case 'files':
    case 'received':
    case 'computed':
    case 'snapshots':
      throw new Error(`not made from parents: ${node.op}`)
    case 'map':
      return mapped(one, ([key, value]) => [[key, mix(value * node.times + node.plus)]])
    case 'rekey':
      return mapped(one, ([, value]) => [[Math.abs(value) % node.modulus, value]])
    case 'filter':
      return mapped(one, (pair) => (Math.abs(pair[1]) % node.modulus !== node.rest ? [pair] : []), true)
    case 'repeat':
      return mapped(one, (pair) => new Array<Pair>((Math.abs(pair[1]) % node.modulus) % 3).fill(pair))
    case 'union':
      return united([one, other])
    case 'join':
      return joined(one, other, node.partitions)
    case 'reduce':
      return byKey(one, node.partitions, sum)
    case 'group':
      return {
        ...byKey(one, node.partitions, (values) => values.reduce((all, value) => mix(7 * all + value), 1)),
        hashed: false,
      }
    case 'window':
      return united(lastPanes(one, step, node))
    case 'reduce-window':
      return reducedWindow(lastPanes(byKey(one, node.partitions, sum), step, node), node.partitions)
    case 'inverse-window':
      return inverseWindow(byKey(one, node.partitions, sum), step, node)
    case 'update-state':
      return updated(one, step, node)
    case 'map-with-state':
      return mappedWithState(one, step, node)
  }
}

/** What `stateSnapshots` shows of a `mapWithState`. */
export function snapshotsOf({ states }: Memory, partitions: number): Dataset {
  const parts = eachPartition(partitions, (at) =>
    [...(states[at]?.values() ?? [])].map(({ key, state }): Pair => [key, state.sum]),
  )
  return { parts, hashed: true }
}

const NOTHING: Dataset = { parts: [], hashed: false }

type Windowed = Extract<NodeSpec, { readonly op: 'window' | 'reduce-window' }>

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b)
}

function byKey(dataset: Dataset, partitions: number, f: (values: readonly number[]) => number): Dataset {
  const parts = shuffled(dataset, partitions).map((pairs) =>
    [...grouped(pairs).values()].map(({ key, values }): Pair => [key, f(values)]),
  )
  return { parts, hashed: true }
}

function joined(left: Dataset, right: Dataset, partitions: number): Dataset {
  const rights = shuffled(right, partitions)
  const parts = shuffled(left, partitions).map((pairs, at) => {
    const others = grouped(rights[at] ?? [])
    return [...grouped(pairs)].flatMap(([text, { key, values }]) =>
      values.flatMap((a) => (others.get(text)?.values ?? []).map((b): Pair => [key, mix(31 * a + b)])),
    )
  })
  return { parts, hashed: false }
}

/** The panes of a window that is looked at after this batch; none, if it is not. */
function lastPanes(
  dataset: Dataset,
  { memory: { panes }, batch }: Step,
  { op, length, slide = 1 }: Windowed,
): Dataset[] {
  const oldest = Math.ceil(batch / slide) * slide - length + 1
  // What is in no window at all is not kept.
  panes.push(batch >= oldest ? dataset : undefined)
  panes.splice(0, panes.length - length)
  // Elements go once no window to come has them, sums when they are as old as a window is long.
  if (op === 'window') for (let at = oldest - 1 - batch + panes.length - 1; at >= 0; at--) panes[at] = undefined
  return batch % slide === 0 ? panes.filter((pane) => pane !== undefined) : []
}

/** Keys go by the last pane that they are in, then as in it. */
function reducedWindow(panes: readonly Dataset[], partitions: number): Dataset {
  const parts = eachPartition(partitions, (at) => {
    const sums = new Map<string, Pair>()
    for (const pane of panes) {
      for (const [key, value] of pane.parts[at] ?? []) {
        const text = keyText(key)
        const before = sums.get(text)?.[1] ?? 0
        sums.delete(text)
        sums.set(text, [key, before + value])
      }
    }
    return [...sums.values()]
  })
  return { parts, hashed: true }
}

/** A key never goes; it stays where it was first seen. What has left since the window was last looked at is taken off then. */
function inverseWindow(
  pane: Dataset,
  { memory: { panes, states }, batch }: Step,
  { length, partitions, slide = 1 }: WindowSpec & { readonly partitions: number },
): Dataset {
  panes.push(pane)
  if (batch % slide !== 0) return NOTHING
  const come = panes.slice(-slide)
  const gone = panes.splice(0, panes.length - length)
  const pairsOf = (of: Memory['panes'], at: number) => of.flatMap((one) => one?.parts[at] ?? [])
  const parts = eachPartition(partitions, (at) => {
    const sums = tableAt(states, at)
    for (const [key, value] of pairsOf(gone, at)) {
      const entry = sums.get(keyText(key))
      if (entry !== undefined) entry.state.sum -= value
    }
    for (const [key, value] of pairsOf(come, at)) {
      const entry = sums.get(keyText(key))
      if (entry === undefined) sums.set(keyText(key), { key, state: { sum: value }, changed: batch })
      else entry.state.sum += value
    }
    return [...sums.values()].map(({ key, state }): Pair => [key, state.sum])
  })
  return { parts, hashed: true }
}

interface Beginning {
  readonly batch: number
  readonly partitions: number
  readonly initial: readonly Pair[]
  /** Which of several entries for one key. */
  readonly counts: 'first' | 'last'
}

/** State to begin with, in the first batch: keys in the order in which they are first named. */
function begin(memory: Memory, { batch, partitions, initial, counts }: Beginning): void {
  if (memory.begun) return
  memory.begun = true
  for (const [key, sum] of initial) {
    const table = tableAt(memory.states, partitionOfKey(key, partitions))
    if (counts === 'last' || !table.has(keyText(key))) table.set(keyText(key), { key, state: { sum }, changed: batch })
  }
}

/** Keys with state in their order, then new ones as they were first seen. */
function updated(
  dataset: Dataset,
  { memory, batch }: Step,
  { partitions, modulus, initial = [] }: Extract<NodeSpec, { readonly op: 'update-state' }>,
): Dataset {
  const { states } = memory
  begin(memory, { batch, partitions, initial, counts: 'first' })
  const parts = shuffled(dataset, partitions).map((pairs, at) => {
    const table = tableAt(states, at)
    const values = grouped(pairs)
    for (const [text, entry] of [...table]) {
      const next = advanceState(values.get(text)?.values ?? [], { ...entry.state }, modulus)
      if (next === undefined) table.delete(text)
      else entry.state = next
      values.delete(text)
    }
    for (const [text, { key, values: fresh }] of values) {
      const next = advanceState(fresh, undefined, modulus)
      if (next !== undefined) table.set(text, { key, state: next, changed: batch })
    }
    return [...table.values()].map(({ key, state }): Pair => [key, state.sum])
  })
  return { parts, hashed: false }
}

function mappedWithState(
  dataset: Dataset,
  { memory, batch, givenUp }: Step,
  node: Extract<NodeSpec, { readonly op: 'map-with-state' }>,
): Dataset {
  const { partitions, modulus, timeout, initial = [] } = node
  const { states } = memory
  begin(memory, { batch, partitions, initial, counts: 'last' })
  const parts = shuffled(dataset, partitions).map((pairs, at) => {
    const table = tableAt(states, at)
    const out: Pair[] = []
    for (const [key, value] of pairs) {
      const entry = table.get(keyText(key))
      const total = (entry?.state.sum ?? 0) + value
      out.push([key, total])
      if (entry !== undefined && isOnlyLookedAt(value, keptAs(node))) {
        if (timeout > 0) entry.changed = batch
      } else if (entry !== undefined && total % modulus === 0) table.delete(keyText(key))
      else if (entry !== undefined) Object.assign(entry, { state: { sum: total }, changed: batch })
      else table.set(keyText(key), { key, state: { sum: total }, changed: batch })
    }
    if (timeout > 0 && batch % 2 === 0 && !givenUp) {
      for (const [text, { key, changed }] of [...table]) {
        if (changed >= batch - timeout) continue
        table.delete(text)
        out.push([key, TIMED_OUT])
      }
    }
    return out
  })
  return { parts, hashed: false }
}
