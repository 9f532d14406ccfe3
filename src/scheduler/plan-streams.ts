import type { GraphChange } from '../checkpoint/compare-graphs.ts'
import type { Manifest } from '../checkpoint/manifest.ts'
import type { Plan, SourcePlan } from '../checkpoint/plan.ts'
import { SluiceError } from '../util/errors.ts'
import type { Runtime } from './runtime.ts'

/**
 * A plan that was made for another graph, for the streams of this one. What was planned of a dropped stream is not read: also of
 * one that came with the code that made the plan, and of which nothing is committed. A rename comes before a drop, as in
 * `compareGraphs`. What is of no stream here keeps its name, so that a skip passes over it; not so a name that is another's here.
 */
export function planNow(runtime: Runtime, plan: Plan, changes: readonly GraphChange[]): Plan {
  const now = streamsOf(runtime, plan, changes)
  const isDropped = droppedHere(runtime, changes)
  const entries = Object.entries(plan.sources).flatMap(([uid, { renamedFrom: _, ...cut }]) => {
    const stream = now.get(uid) ?? (isDropped(uid) || hasInput(runtime, uid) ? undefined : uid)
    return stream === undefined ? [] : [[stream, cut] as const]
  })
  return { ...plan, sources: Object.fromEntries(entries) }
}

/** New code may add streams at any time; data planned for a stream that is gone must not be dropped silently. */
export function refuseUnknownStreams(runtime: Runtime, plan: Plan, changes: readonly GraphChange[]): void {
  const now = streamsOf(runtime, plan, changes)
  const isDropped = droppedHere(runtime, changes)
  const lost = Object.entries(plan.sources).filter(
    ([uid, { ranges, retried = [] }]) => ranges.length + retried.length > 0 && !now.has(uid) && !isDropped(uid),
  )
  if (lost.length === 0) return
  const names = lost.map(([uid]) => {
    const other = streamNow(runtime, uid)
    return hasInput(runtime, other) ? `${uid} (which is not what this code calls '${other}')` : uid
  })
  throw new SluiceError({
    code: 'planned-stream-missing',
    kind: 'invalid',
    message: `Batch ${plan.batchTime} ms is planned with data of an input stream that the application does not have; run it once with the code that has the stream, give the stream its old uid, or skip the batch: ${names.join(', ')}`,
  })
}

/**
 * The uids that the streams of a plan have in this graph, by those that they have in the plan; none for what is no stream of this
 * graph's. A name is not enough: two streams are one if both go on from one position of the checkpoint, or if neither has any
 * (`planned-is-what-is-named`).
 *
 *     V2 renames a to b, and commits | V3 drops b, has a new stream a, plans its beginning, dies | V2 takes that for b's next
 */
function streamsOf(runtime: Runtime, { sources }: Plan, changes: readonly GraphChange[]): ReadonlyMap<string, string> {
  const stored = changes.filter(({ part, fate }) => part === 'input' && fate !== 'new')
  const storedUids = new Set(stored.map(({ uid, renamedFrom = uid }) => renamedFrom))
  const kept = stored.filter(({ fate }) => fate === 'kept')
  const goesOnFrom = new Map(kept.map(({ uid, renamedFrom = uid }) => [uid, renamedFrom]))
  const same = Object.entries(sources).flatMap(([uid, { renamedFrom }]) => {
    const now = streamNow(runtime, uid)
    const plannedFrom = renamedFrom ?? (storedUids.has(uid) ? uid : undefined)
    return hasInput(runtime, now) && goesOnFrom.get(now) === plannedFrom ? [[uid, now] as const] : []
  })
  const heirs = same.map(([, now]) => now)
  return new Map(same.filter(([uid, now]) => uid === now || heirs.indexOf(now) === heirs.lastIndexOf(now)))
}

/** Whether what a plan has of a stream, unless that is in this graph, is given up by word. */
function droppedHere({ upgrade: { drop = [] } = {} }: Runtime, changes: readonly GraphChange[]) {
  const dropped = new Set(changes.filter(({ fate }) => fate === 'dropped').map(({ uid }) => uid))
  return (uid: string): boolean => dropped.has(uid) || drop.includes(uid)
}

/**
 * Of a committed batch's plan, what the batch has read: it has gone on from there, under whatever name. Nothing of a stream that
 * its code had given up, also where this graph has one of that name again, or one that was called as that code's is.
 */
export function planRead(runtime: Runtime, plan: Plan, { graph, positions }: Manifest): Plan {
  if (graph === undefined) return plan
  const read = new Set(
    Object.keys(graph.inputs).map((uid) => `${streamNow(runtime, uid)} ${JSON.stringify(positions[uid])}`),
  )
  const isRead = ([uid, { next }]: readonly [string, SourcePlan]): boolean =>
    read.has(`${streamNow(runtime, uid)} ${JSON.stringify(next)}`)
  return { ...plan, sources: Object.fromEntries(Object.entries(plan.sources).filter(isRead)) }
}

/** The uid that a stream has in this graph, for as long as the application says what it was called before. */
export function streamNow(runtime: Runtime, uid: string): string {
  return hasInput(runtime, uid) ? uid : (runtime.upgrade?.rename?.[uid] ?? uid)
}

function hasInput({ graph }: Runtime, uid: string): boolean {
  return graph.inputs.some((input) => input.uid === uid)
}
