import { compareGraphs, type GraphChange } from '../checkpoint/compare-graphs.ts'
import type { DeclaredGraph, DeclaredOperator, GraphRecord, OperatorRecord } from '../checkpoint/graph-record.ts'
import type { Graph, StatefulOperator } from '../dstream/graph.ts'
import type { StateForm } from '../dstream/stream-node.ts'
import type { UpgradeOptions } from '../dstream/upgrade-options.ts'
import type { NewForm, StateChange } from '../state/reshape.ts'
import type { ChangeTime } from '../state/state-shape.ts'
import { sourceOperator } from '../state/table-id.ts'
import { SluiceError } from '../util/errors.ts'
import type { Runtime } from './runtime.ts'

/** Nothing of a closed graph changes, and each of its batches asks. */
const records = new WeakMap<Graph, GraphRecord>()

/** What of a graph goes into each manifest. */
export function graphRecord(graph: Graph): GraphRecord {
  const known = records.get(graph)
  if (known !== undefined) return known
  const { operators, ...rest } = declared(graph)
  const record = { ...rest, operators: operators.map(({ site: _, migrates: __, ...kept }): OperatorRecord => kept) }
  records.set(graph, record)
  return record
}

/** The last comparison of a process: the batch before was nearly always of the very same record. */
const compared = new WeakMap<Runtime, { readonly before: GraphRecord; readonly changes: readonly GraphChange[] }>()

/** What becomes of each part of the graph that was before, and of each that is new; nothing is said of one that nobody recorded. */
export function graphChanges(runtime: Runtime, before: GraphRecord | undefined): readonly GraphChange[] {
  if (before === undefined) return []
  const last = compared.get(runtime)
  if (last?.before === before) return last.changes
  const { graph, upgrade = {} } = runtime
  const changes = compareGraphs(before, declared(graph), upgrade)
  compared.set(runtime, { before, changes })
  return changes
}

/** Refuses to go on, with code `graph-changed`, where that would lose what is stored or take it for something else (P18). */
export function refuseMisfits({ app }: Runtime, changes: readonly GraphChange[]): void {
  const problems = changes.flatMap(({ problem }) => problem ?? [])
  if (problems.length === 0) return
  throw new SluiceError({
    code: 'graph-changed',
    kind: 'invalid',
    message: `The application does not fit its checkpoint any more, so nothing was run [application ${app}]:\n${problems.map((problem) => `- ${problem}`).join('\n')}`,
  })
}

/**
 * Refuses, with code `bad-application`, a graph that has a name which it says is another's now. Whether what is stored under it is the
 * old one or, as the rename was carried out, the new one could not be told; nor could code of before tell, which may take a
 * turn:
 *
 *     { a: 'b', b: 'a' } | first batch: each gets its own state | second batch: the same names are stored, and swapped again
 */
export function refuseReusedNames({ stateful, inputs }: Graph, upgrade: UpgradeOptions = {}, app: string): void {
  const declared = new Set([...stateful.map(({ id }) => id), ...inputs.map(({ uid }) => uid)])
  const reused = Object.entries(upgrade.rename ?? {}).filter(([from, to]) => from !== to && declared.has(from))
  if (reused.length === 0) return
  const names = reused.map(([from, to]) => `'${from}' (to '${to}')`).join(', ')
  throw new SluiceError({
    code: 'bad-application',
    kind: 'invalid',
    message: `upgrade: { rename } gives a name away that the graph uses itself, so that nobody could tell whose state is stored under it. Choose a uid that was never used; delete the entry, if that rename was carried out by an earlier release; or rename in two releases: the first frees the name, the second takes it and no longer has the entry: ${names} [application ${app}]`,
  })
}

/** What must happen to the stored state before this graph can read it. */
export function stateChanges({ stateful }: Graph, changes: readonly GraphChange[], at: ChangeTime): StateChange[] {
  const forms = new Map(stateful.map(({ id, form }) => [id, form]))
  const stored = changes.filter(({ part }) => part !== 'output')
  return stored.flatMap((change) =>
    stateChange(change, change.part === 'operator' ? forms.get(change.uid) : undefined, at),
  )
}

/** Of an input stream, what its source remembers. */
function stateChange(change: GraphChange, form: StateForm | undefined, at: ChangeTime): StateChange[] {
  const { part, uid, fate, renamedFrom, migrated, resharded, rewindowed } = change
  const nameOf = part === 'input' ? sourceOperator : (id: string) => id
  if (fate === 'dropped') return [{ from: nameOf(uid) }]
  if ((renamedFrom ?? migrated ?? resharded ?? rewindowed) === undefined) return []
  const migrate = migrated && form?.migrate
  const to: NewForm = {
    operator: nameOf(uid),
    at,
    shape: form?.shape,
    migrate: migrate && ((key, stored) => migrate(key, stored, migrated.from)),
  }
  return [{ from: nameOf(renamedFrom ?? uid), to }]
}

function declared({ stateful, inputs, outputs }: Graph): DeclaredGraph {
  return {
    operators: stateful.map(declaredOperator),
    inputs: Object.fromEntries(inputs.map(({ uid, descriptor }) => [uid, descriptor.kind])),
    outputs: outputs.map(({ name }) => name),
  }
}

function declaredOperator({ id: uid, named, kind, partitions, form, site }: StatefulOperator): DeclaredOperator {
  const { hashed, panes, version = 1, codec, migrate } = form
  return {
    uid,
    ...(named ? { named } : {}),
    kind,
    partitions,
    ...(hashed ? {} : { partitioner: 'custom' }),
    ...(version === 1 ? {} : { stateVersion: version }),
    ...(codec ? { codec } : {}),
    ...(panes ? { panes } : {}),
    site,
    migrates: migrate !== undefined,
  }
}
