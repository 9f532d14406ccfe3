import type { GraphChange } from '../checkpoint/compare-graphs.ts'
import type { Marks } from '../checkpoint/consumed-blocks.ts'
import type { Manifest } from '../checkpoint/manifest.ts'
import { marksLeft, readsBlocks } from '../checkpoint/marks-left.ts'
import type { Plan } from '../checkpoint/plan.ts'
import { ownValue } from '../util/own-value.ts'
import type { Runtime } from './runtime.ts'
import { canBeOne, streamChanges, streamNow } from './stored-streams.ts'

/*
 * Where input streams go on, whoever has committed that. A position is of one kind of source: what has the name of another
 * begins anew. The marks of blocks are no position but of a stream that reads blocks; until there is one they lie beside.
 */

/**
 * The manifest with the positions of its streams by their uids of now. Blocks that were read stay read, whatever is given up
 * (`block-marks-kept`).
 */
export function withPositionsNow(runtime: Runtime, manifest: Manifest, changes: readonly GraphChange[]): Manifest {
  const { upgrade: { drop = [] } = {} } = runtime
  const { positions, otherInputs, marks, ...rest } = manifest
  const moved = changes.filter(
    ({ part, fate, renamedFrom }) => part === 'input' && (fate === 'dropped' || renamedFrom !== undefined),
  )
  if (moved.length + drop.length === 0 && (otherInputs ?? marks) === undefined) return manifest
  const names = namesNow(runtime, manifest, moved)
  const givenUp = positionsGivenUp(runtime, manifest, { moved, names })
  const kept = Object.entries(positions).filter(([uid]) => !givenUp.has(uid))
  // What has been going on under the former name counts more than a batch that was planned under the new one and given up.
  const [former, others] = [kept.filter(([uid]) => names.has(uid)), kept.filter(([uid]) => !names.has(uid))]
  const renamed = former.map(([uid, position]) => [names.get(uid) ?? uid, position] as const)
  const found = marksFound(
    runtime,
    // Blocks do not go along with a name: those of a computed stream that is renamed wait for collection under the former one.
    marksLeft(manifest, (uid) => givenUp.has(uid) || names.has(uid)),
  )
  return {
    ...rest,
    positions: { ...found.positions, ...Object.fromEntries([...others, ...renamed]) },
    ...(otherInputs && { otherInputs }),
    ...(Object.keys(found.marks).length === 0 ? {} : { marks: found.marks }),
  }
}

/**
 * Of streams of the last commit's that are dropped; and of no stream of that, as it is of other code whose plan the batch ran, where
 * this code drops the name or has one of another kind of source under it (`positions-are-of-a-kind`).
 */
function positionsGivenUp(
  { graph, upgrade: { drop = [] } = {} }: Runtime,
  { graph: stored, otherInputs = {} }: Manifest,
  { moved, names }: { readonly moved: readonly GraphChange[]; readonly names: ReadonlyMap<string, string> },
): ReadonlySet<string> {
  const kinds = new Map(graph.inputs.map(({ uid, descriptor }) => [uid, descriptor.kind]))
  const known = new Set([...Object.keys(stored?.inputs ?? {}), ...kinds.keys()])
  const gone = moved.filter(({ fate }) => fate === 'dropped').map(({ uid }) => uid)
  const ofAnother = Object.entries(otherInputs).filter(([uid, kind]) => (kinds.get(uid) ?? kind) !== kind)
  const unknown = drop.filter((uid) => !known.has(uid) && !names.has(uid))
  return new Set([...gone, ...unknown, ...ofAnother.map(([uid]) => uid)])
}

/** By their names in the manifest. */
function namesNow(runtime: Runtime, manifest: Manifest, changes: readonly GraphChange[]): ReadonlyMap<string, string> {
  const { renamed } = streamChanges(changes)
  return new Map([...renamed, ...othersRenamed(runtime, manifest, renamed)])
}

/** Whose position a stream of this graph goes on from that the last commit does not have, by its name of now. */
export function positionsOfOthers(
  runtime: Runtime,
  manifest: Manifest,
  changes: readonly GraphChange[],
): ReadonlyMap<string, string> {
  const { positions } = withPositionsNow(runtime, manifest, changes)
  const names = namesNow(runtime, manifest, changes)
  const others = Object.keys(manifest.otherInputs ?? {}).map((uid) => [names.get(uid) ?? uid, uid] as const)
  return new Map(others.filter(([now]) => Object.hasOwn(positions, now)))
}

/**
 * What a stream of no commit is called now, if it is one of the kind that has no position but that one: as for its plan
 * (`plans-go-along`), where two lead to one name, neither does.
 */
function othersRenamed(
  runtime: Runtime,
  { graph: stored, otherInputs = {} }: Manifest,
  committed: ReadonlyMap<string, string>,
): readonly (readonly [string, string])[] {
  const taken = new Set([...Object.keys(stored?.inputs ?? {}), ...Object.keys(otherInputs), ...committed.values()])
  const due = Object.entries(otherInputs).flatMap(([uid, kind]) => {
    const now = streamNow(runtime, uid)
    return canBeOne(runtime, { uid, kind, now }) && !taken.has(now) ? [[uid, now] as const] : []
  })
  const heirs = due.map(([, now]) => now)
  return due.filter(([, now]) => heirs.indexOf(now) === heirs.lastIndexOf(now))
}

/** Marks that a stream of this graph goes on from, as its position, and those that wait for one. */
function marksFound({ graph }: Runtime, marks: Marks): Required<Pick<Manifest, 'positions' | 'marks'>> {
  const reading = new Set(graph.inputs.flatMap(({ uid, descriptor: { kind } }) => (readsBlocks(kind) ? [uid] : [])))
  const marked = Object.entries(marks)
  const found = marked
    .filter(([uid]) => reading.has(uid))
    .map(([uid, consumed]) => [uid, { consumed: { ...consumed } }])
  return {
    positions: Object.fromEntries(found),
    marks: Object.fromEntries(marked.filter(([uid]) => !reading.has(uid))),
  }
}

/** Where each stream goes on after a batch of this plan. A stream that is newer than the plan has no position yet. */
export function positionsAfter(
  { graph }: Runtime,
  manifest: Manifest | undefined,
  { sources }: Plan,
): Pick<Manifest, 'positions' | 'otherInputs' | 'marks'> {
  const next = Object.entries(sources).map(([uid, { next }]) => [uid, next] as const)
  const positions = { ...manifest?.positions, ...Object.fromEntries(next) }
  const here = new Set(graph.inputs.map(({ uid }) => uid))
  const others = Object.keys(positions).flatMap((uid) => {
    const kind = ownValue(sources, uid)?.kind ?? ownValue(manifest?.otherInputs, uid)
    return here.has(uid) || kind === undefined ? [] : [[uid, kind] as const]
  })
  return {
    positions,
    ...(others.length === 0 ? {} : { otherInputs: Object.fromEntries(others) }),
    ...(manifest?.marks && { marks: manifest.marks }),
  }
}
