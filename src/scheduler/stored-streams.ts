import type { GraphChange } from '../checkpoint/compare-graphs.ts'
import type { StreamChanges } from '../checkpoint/dead-letters.ts'
import type { Manifest } from '../checkpoint/manifest.ts'
import { readsBlocks } from '../checkpoint/marks-left.ts'
import type { Plan, SourcePlan } from '../checkpoint/plan.ts'
import type { UpgradeOptions } from '../dstream/upgrade-options.ts'
import { SluiceError } from '../util/errors.ts'
import { ownValue } from '../util/own-value.ts'
import type { Runtime } from './runtime.ts'

/*
 * Which stream of this graph it is that positions, plans and dead letters are stored of, by code that may have called it otherwise
 * (P18). What becomes of the streams of the last commit, `compareGraphs` says, and their positions go along. A plan may be of
 * other code than that: a stream of it is the one here that goes on from the same position. A letter has only the name. What
 * `drop` names and is none of these streams is given up, whoever stored it: also of other code, of which nothing is committed.
 */

/** What the next commit does to streams, and to their letters. A new one has nothing of what had its name before. */
export function streamChanges(changes: readonly GraphChange[]): StreamChanges {
  const inputs = changes.filter(({ part }) => part === 'input')
  return {
    renamed: new Map(inputs.flatMap(({ uid, renamedFrom: from }) => (from === undefined ? [] : [[from, uid]]))),
    dropped: new Set(inputs.flatMap(({ uid, fate }) => (fate === 'dropped' || fate === 'new' ? [uid] : []))),
  }
}

/** What a plan says of a stream's name: code of before or after knows by it which stream this is (`planned-is-what-is-named`). */
export function formerName(changes: readonly GraphChange[], uid: string): Pick<SourcePlan, 'renamedFrom' | 'anew'> {
  const named = changes.filter((change) => change.part === 'input' && change.uid === uid)
  if (named.some(({ fate }) => fate === 'dropped')) return { anew: true }
  const change = named.find(({ renamedFrom }) => renamedFrom !== undefined)
  return change?.renamedFrom === undefined ? {} : { renamedFrom: change.renamedFrom }
}

/** A plan for the streams of this graph, whichever it was made for. */
export interface PlanForGraph {
  readonly plan: Plan
  /** What the manifest says of its batch where the plan is of other code. */
  readonly plannedAs?: Manifest['plannedAs']
}

/**
 * A plan that was made for another graph, for the streams of this one. What is of no stream here keeps its name, so that a skip
 * passes over it; not so a name that is another's here.
 */
export function planForGraph(runtime: Runtime, plan: Plan, changes: readonly GraphChange[]): PlanForGraph {
  const taken = underNamesOfNow(runtime, plan, changes)
  const entries = taken.map(({ stream, cut: { renamedFrom: _, anew: __, ...cut } }) => [stream, cut] as const)
  const isOwn = taken.length === Object.keys(plan.sources).length && taken.every(({ uid, stream }) => uid === stream)
  return {
    plan: { ...plan, sources: Object.fromEntries(entries) },
    ...(isOwn ? {} : { plannedAs: Object.fromEntries(taken.map(({ uid, stream }) => [stream, uid])) }),
  }
}

interface CutOfNow extends Pick<IdentifiedStream, 'uid' | 'cut'> {
  /** The name that it goes on under. */
  readonly stream: string
}

function underNamesOfNow(runtime: Runtime, plan: Plan, changes: readonly GraphChange[]): CutOfNow[] {
  return identifiedStreams(runtime, plan, changes).flatMap(({ uid, cut, now, isLost }) => {
    const stream = now ?? (isLost && !hasInput(runtime, uid) ? uid : undefined)
    return stream === undefined ? [] : [{ uid, cut, stream }]
  })
}

/** New code may add streams at any time; data planned for a stream that is gone must not be dropped silently. */
export function refuseUnknownStreams(runtime: Runtime, plan: Plan, changes: readonly GraphChange[]): void {
  const lost = identifiedStreams(runtime, plan, changes).filter(
    ({ isLost, cut: { ranges, retried = [] } }) => isLost && ranges.length + retried.length > 0,
  )
  if (lost.length === 0) return
  const names = lost.map(({ uid }) => {
    const other = streamNow(runtime, uid)
    return hasInput(runtime, other) ? `${uid} (which is not what this code calls '${other}')` : uid
  })
  throw new SluiceError({
    code: 'planned-stream-missing',
    kind: 'invalid',
    message: `Batch ${plan.batchTime} ms is planned with data of an input stream that the application does not have; run it once with the code that has the stream, give the stream its old uid, or skip the batch: ${names.join(', ')}`,
  })
}

/** What a plan has of one stream. */
interface IdentifiedStream {
  readonly uid: string
  readonly cut: SourcePlan
  /** The stream of this graph that it is, if any. */
  readonly now: string | undefined
  /** It is none, and has not been given up by word. */
  readonly isLost: boolean
}

function identifiedStreams(runtime: Runtime, plan: Plan, changes: readonly GraphChange[]): IdentifiedStream[] {
  const streams = sameStreams(runtime, plan, changes)
  const { drop = [] } = runtime.upgrade ?? {}
  return Object.entries(plan.sources).map(([uid, cut]) => {
    const now = streams.get(uid)
    return { uid, cut, now, isLost: now === undefined && !drop.includes(uid) }
  })
}

/**
 * The uids that the streams of a plan have in this graph, by those that they have in the plan; none for what is no stream of this
 * graph's. A name is not enough: two streams are one if both go on from one position of the checkpoint, or if neither has any
 * (`planned-is-what-is-named`), and then if they are of one kind of source (`planned-is-of-a-kind`).
 *
 *     V2 renames a to b, and commits | V3 drops b, has a new stream a, plans its beginning, dies | V2 takes that for b's next
 */
function sameStreams(
  runtime: Runtime,
  { sources }: Plan,
  changes: readonly GraphChange[],
): ReadonlyMap<string, string> {
  const stored = changes.filter(({ part, fate }) => part === 'input' && fate !== 'new')
  const storedUids = new Set(stored.map(({ uid, renamedFrom = uid }) => renamedFrom))
  const kept = stored.filter(({ fate }) => fate === 'kept')
  const goesOnFrom = new Map(kept.map(({ uid, renamedFrom = uid }) => [uid, renamedFrom]))
  const same = Object.entries(sources).flatMap(([uid, { kind, renamedFrom, anew }]) => {
    const now = streamNow(runtime, uid)
    const plannedFrom = renamedFrom ?? (storedUids.has(uid) && anew !== true ? uid : undefined)
    return canBeOne(runtime, { uid, kind, now }) && goesOnFrom.get(now) === plannedFrom ? [[uid, now] as const] : []
  })
  const heirs = same.map(([, now]) => now)
  return new Map(same.filter(([uid, now]) => uid === now || heirs.indexOf(now) === heirs.lastIndexOf(now)))
}

/**
 * Whether a stream of this kind of source can be what this graph calls `now`. Blocks do not go along with a name: what no batch
 * has read of them would be found by nobody.
 */
export function canBeOne(
  runtime: Runtime,
  { uid, kind, now }: { readonly uid: string; readonly kind: string; readonly now: string },
): boolean {
  return kindNow(runtime, now) === kind && (uid === now || !readsBlocks(kind))
}

/**
 * Of a committed batch's plan, what the batch has read, under whatever name. Nothing of a stream that its code had given up, also
 * where this graph has one of that name again, or one that was called as that code's is.
 */
export function onlyWhatWasRead(plan: Plan, { graph, plannedAs }: Manifest): Plan {
  if (plannedAs === undefined) return plan
  const streams = Object.entries(plannedAs).filter(([uid]) => Object.hasOwn(graph?.inputs ?? {}, uid))
  const read = new Set(streams.map(([, planned]) => planned))
  return { ...plan, sources: Object.fromEntries(Object.entries(plan.sources).filter(([uid]) => read.has(uid))) }
}

/** What this graph calls a stream of the batch's own: by the name in the plan, where that is of other code. */
export function streamOfBatch(runtime: Runtime, { plannedAs }: Manifest, uid: string): string {
  return streamNow(runtime, ownValue(plannedAs, uid) ?? uid)
}

/**
 * The uid that a stream has in this graph, for as long as the application says what it was called before: name by name, as code
 * that called it by one in between need not have committed a batch.
 */
export function streamNow(runtime: Runtime, uid: string): string {
  return namesSince(uid, runtime.upgrade?.rename).find((name) => hasInput(runtime, name)) ?? uid
}

function namesSince(uid: string, rename: UpgradeOptions['rename']): string[] {
  const names = new Set<string>()
  for (let name: string | undefined = uid; name !== undefined && !names.has(name); name = ownValue(rename, name))
    names.add(name)
  return [...names]
}

function hasInput(runtime: Runtime, uid: string): boolean {
  return kindNow(runtime, uid) !== undefined
}

/** Of the source of a stream of this graph. */
export function kindNow({ graph }: Runtime, uid: string): string | undefined {
  return graph.inputs.find((input) => input.uid === uid)?.descriptor.kind
}
