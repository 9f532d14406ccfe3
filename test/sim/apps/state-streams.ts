import type { DStream, MapWithStateDStream } from '../../../src/dstream/dstream.ts'
import type { State } from '../../../src/dstream/state.ts'
import { StateSpec } from '../../../src/dstream/state-spec.ts'
import type { Duration } from '../../../src/util/time.ts'
import type { Key, NodeSpec } from './app-spec.ts'
import { advanceState, isOnlyLookedAt, migrated, TIMED_OUT } from './functions.ts'
import { AS_TEXT, keptAs, type Sum, sumOf } from './kept-state.ts'
import type { NodeForm } from './release.ts'

type Pairs = DStream<[Key, number]>

/** In which form a version has state, and whether it can make it from earlier ones. */
export interface StateForm extends NodeForm {
  readonly migrates: boolean
}

export function updateState(
  parent: Pairs,
  node: Extract<NodeSpec, { readonly op: 'update-state' }>,
  { uid, version, migrates }: StateForm,
): Pairs {
  const migrate = (stored: unknown, from: number): Sum | undefined => {
    const sum = migrated(sumOf(stored as string | Sum), from, version)
    return sum === undefined ? undefined : { sum }
  }
  return parent
    .updateStateByKey<Sum>((values, state) => advanceState(values, state, node.modulus), {
      numPartitions: node.partitions,
      stateVersion: version,
      ...(migrates ? { migrate } : {}),
      ...(node.initial ? { initialState: node.initial.map(([key, sum]) => [key, { sum }] as const) } : {}),
      ...(keptAs(node) === 'text' ? { codec: AS_TEXT } : {}),
    })
    .uid(uid)
    .map(([key, { sum }]) => [key, sum])
}

/** What functions of `mapWithState` have: the number alone, or an object that they change in place. */
type Total = number | Sum
export type MappedStream = MapWithStateDStream<Key, Total, [Key, number]>

export function mapWithState(
  parent: Pairs,
  node: Extract<NodeSpec, { readonly op: 'map-with-state' }>,
  { uid, version, migrates, batches }: StateForm & { readonly batches: (count: number) => Duration },
): MappedStream {
  const { partitions, timeout, initial, modulus } = node
  const kept = keptAs(node)
  const changed = (before: Total | undefined, sum: number): Total =>
    kept === 'number' ? sum : Object.assign(before ?? {}, { sum })
  const spec = StateSpec.function((key: Key, value: number | undefined, state: State<Total>): [Key, number] => {
    if (state.isTimingOut()) return [key, TIMED_OUT]
    const before = state.getOption()
    const sum = (before === undefined ? 0 : sumOf(before)) + (value ?? 0)
    if (before !== undefined && isOnlyLookedAt(value, kept)) return [key, sum]
    if (sum % modulus === 0 && state.exists()) state.remove()
    else state.update(changed(before, sum))
    return [key, sum]
  }).numPartitions(partitions)
  const migrate = (stored: string | Total, from: number): Total | undefined => {
    const sum = migrated(sumOf(stored), from, version)
    return sum === undefined ? undefined : changed(undefined, sum)
  }
  if (migrates) spec.version(version, migrate)
  else spec.version(version)
  if (kept === 'text') spec.codec(AS_TEXT)
  if (initial) spec.initialState(initial.map(([key, sum]) => [key, changed(undefined, sum)] as const))
  if (timeout > 0) spec.timeout(batches(timeout))
  return parent.mapWithState(spec).checkpoint(batches(2)).uid(uid)
}

/** Every key with its sum. */
export function snapshotsOf(stream: MappedStream): Pairs {
  return stream.stateSnapshots().mapValues(sumOf)
}
