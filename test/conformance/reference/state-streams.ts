import type { StateHandle } from '../functions.ts'
import {
  cogroup,
  cut,
  type Dataset,
  EMPTY,
  identity,
  inPlace,
  type Merge,
  type Pair,
  reduceByKey,
  shuffled,
} from './dataset.ts'
import { checkWindow, derived, Stream } from './stream.ts'

export interface InverseWindow {
  readonly f: Merge
  readonly inverse: Merge
  readonly windowMs: number
  readonly slideMs: number
  readonly partitions: number
  readonly filter?: ((pair: unknown) => unknown) | undefined
}

const CHECKPOINT_MS = 10_000

/** `reduceByKeyAndWindow` with an inverse, firing from firing as Spark computes it. */
export function inverseWindow(
  parent: Stream,
  { f, inverse, windowMs, slideMs, partitions, filter }: InverseWindow,
): Stream {
  checkWindow(parent, windowMs, slideMs)
  const step = parent.slideMs
  const reduced = derived(parent, (dataset) => reduceByKey(dataset, f, partitions))
  const compute = (timeMs: number): Dataset => {
    const begin = timeMs - windowMs + step
    const before = timeMs - slideMs
    const old = reduced.slice(begin - slideMs, begin - step)
    const added = reduced.slice(before + step, timeMs)
    const all = cogroup([node.at(before) ?? EMPTY, ...old, ...added], partitions)
    const result = inPlace(all, (partition) =>
      partition.map((group) => {
        const [key, [previous = [], ...rest]] = group as [unknown, unknown[][]]
        const values = (columns: unknown[][]) => columns.filter(({ length }) => length > 0).map(([value]) => value)
        return [key, slid(previous, values(rest.slice(0, old.length)), values(rest.slice(old.length)))]
      }),
    )
    return filter ? inPlace(result, (partition) => partition.filter((pair) => filter(pair))) : result
  }
  const slid = (previous: readonly unknown[], old: readonly unknown[], added: readonly unknown[]): unknown => {
    const sum = (values: readonly unknown[]): unknown => values.reduce((a, b) => f(a, b))
    if (previous.length === 0) {
      if (added.length === 0) throw new Error('Neither previous window has value for key, nor new values found')
      return sum(added)
    }
    const left = old.length === 0 ? previous[0] : inverse(previous[0], sum(old))
    return added.length === 0 ? left : f(left, sum(added))
  }
  const checkpointEveryMs = Math.ceil(CHECKPOINT_MS / slideMs) * slideMs
  const node: Stream = new Stream({ parents: [reduced], slideMs, compute, checkpointEveryMs })
  return node
}

export interface StateUpdates {
  /** The next state; null removes the key. */
  readonly update: (timeMs: number, key: unknown, values: readonly unknown[], state: unknown) => unknown
  readonly partitions: number
  readonly initial?: readonly Pair[] | undefined
  readonly rememberPartitioner: boolean
}

export function updateState(
  parent: Stream,
  { update, partitions, initial, rememberPartitioner }: StateUpdates,
): Stream {
  const { slideMs } = parent
  const updated = (timeMs: number, dataset: Dataset, previous: Dataset): Dataset => {
    const next = inPlace(cogroup([dataset, previous], partitions), (partition) =>
      partition.flatMap((group) => {
        const [key, [values = [], [state = null] = []]] = group as [unknown, unknown[][]]
        const now = update(timeMs, key, values, state)
        return now === null || now === undefined ? [] : [[key, now]]
      }),
    )
    return rememberPartitioner ? next : { partitions: next.partitions }
  }
  const compute = (timeMs: number): Dataset | undefined => {
    const previous = node.at(timeMs - slideMs)
    const dataset = parent.at(timeMs)
    if (previous) return updated(timeMs, dataset ?? EMPTY, previous)
    return dataset && updated(timeMs, dataset, cut(initial ?? [], 1))
  }
  const checkpointEveryMs = Math.ceil(CHECKPOINT_MS / slideMs) * slideMs
  const node: Stream = new Stream({ parents: [parent], slideMs, compute, checkpointEveryMs })
  return node
}

export interface Mapping {
  readonly map: (timeMs: number, key: unknown, value: unknown, state: StateHandle) => unknown
  readonly partitions: number
  readonly initial?: readonly Pair[] | undefined
  readonly timeoutMs?: number | undefined
}

interface Entry {
  readonly key: unknown
  readonly state: unknown
  readonly changedMs: number
}

type States = ReadonlyMap<string, Entry>

/** Of `mapWithState`: what was emitted, and every key with its state, each a stream of its own. */
export function mapWithState(
  parent: Stream,
  mapping: Mapping,
): { readonly mapped: Stream; readonly snapshots: Stream } {
  const { slideMs } = parent
  const rounds = new Map<number, Round[]>()
  const round = (timeMs: number): Round[] => {
    const known = rounds.get(timeMs)
    if (known) return known
    const before =
      timeMs > slideMs ? round(timeMs - slideMs).map(({ states }) => states) : initialStates(mapping, timeMs)
    const { partitions } = shuffled(parent.at(timeMs) ?? EMPTY, mapping.partitions)
    const scan = node.takesCheckpoint(timeMs)
    const made = before.map((states, i) =>
      mapPartition(mapping, { timeMs, scan, states, pairs: (partitions[i] ?? []) as readonly Pair[] }),
    )
    rounds.set(timeMs, made)
    return made
  }
  const compute = (timeMs: number): Dataset => ({ partitions: round(timeMs).map(({ emitted }) => emitted) })
  const node = new Stream({ parents: [parent], slideMs, compute, checkpointEveryMs: 10 * slideMs })
  const kept = (timeMs: number): Dataset => ({
    partitions: round(timeMs).map(({ states }) => [...states.values()].map(({ key, state }) => [key, state])),
  })
  return {
    mapped: derived(node, (dataset) => dataset, node),
    snapshots: new Stream({ parents: [node], slideMs, compute: kept }),
  }
}

function initialStates({ initial = [], partitions }: Mapping, timeMs: number): States[] {
  return shuffled(cut(initial, 1), partitions).partitions.map(
    (pairs) =>
      new Map((pairs as readonly Pair[]).map(([key, state]) => [identity(key), { key, state, changedMs: timeMs }])),
  )
}

interface Round {
  readonly states: States
  readonly emitted: readonly unknown[]
}

interface RoundInput {
  readonly timeMs: number
  readonly scan: boolean
  readonly states: States
  readonly pairs: readonly Pair[]
}

function mapPartition({ map, timeoutMs }: Mapping, { timeMs, scan, states: before, pairs }: RoundInput): Round {
  const states = new Map(before)
  const emitted: unknown[] = []
  const emit = (value: unknown): void => {
    if (value !== null && value !== undefined) emitted.push(value)
  }
  for (const [key, value] of pairs) {
    const handle = new Handle(states.get(identity(key)))
    emit(map(timeMs, key, value, handle))
    if (handle.removed) states.delete(identity(key))
    else if (handle.updated || (handle.exists() && timeoutMs !== undefined)) {
      states.set(identity(key), { key, state: handle.get(), changedMs: timeMs })
    }
  }
  if (!scan || timeoutMs === undefined) return { states, emitted }
  for (const [id, entry] of [...states]) {
    if (entry.changedMs >= timeMs - timeoutMs) continue
    emit(map(timeMs, entry.key, null, new Handle(entry, true)))
    states.delete(id)
  }
  return { states, emitted }
}

/** The state of a key while a function looks at it. */
class Handle implements StateHandle {
  removed = false
  updated = false
  #entry: { readonly state: unknown } | undefined
  readonly #timingOut: boolean

  constructor(entry: Entry | undefined, timingOut = false) {
    this.#entry = entry
    this.#timingOut = timingOut
  }

  exists(): boolean {
    return this.#entry !== undefined
  }
  get(): unknown {
    if (!this.#entry) throw new Error('State is not set')
    return this.#entry.state
  }
  getOption(): unknown {
    return this.#entry?.state ?? null
  }
  update(state: unknown): void {
    if (this.removed || this.#timingOut) throw new Error('Cannot update the state')
    this.#entry = { state }
    this.updated = true
  }
  remove(): void {
    if (this.removed || this.#timingOut) throw new Error('Cannot remove the state')
    this.#entry = undefined
    this.updated = false
    this.removed = true
  }
  isTimingOut(): boolean {
    return this.#timingOut
  }
}
