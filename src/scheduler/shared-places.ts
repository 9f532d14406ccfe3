import type { BatchTime } from '../checkpoint/attempt.ts'
import type { StagedOutput } from '../checkpoint/manifest.ts'
import type { Sink } from '../ports/sink.ts'
import { SluiceError } from '../util/errors.ts'

/** A sink that is open, and whose it is. */
export interface NamedSink {
  readonly name: string
  readonly sink: Sink
}

/**
 * Refuses, with code `shared-place`, outputs that would write to one directory, however each spells it, and those that would
 * write into a directory that another closes. The graph compares what is declared; here it is known what that stands for.
 */
export function refuseSharedPlaces(sinks: readonly NamedSink[]): void {
  const placed = sinks.flatMap(({ name, sink }) =>
    sink.place ? [{ name, at: remembered((time) => sink.place?.(time)) }] : [],
  )
  for (const [place, { name, at }] of placed.entries()) {
    const other = placed.slice(0, place).find((other) => isWithin(at, other.at) || isWithin(other.at, at))
    if (other !== undefined) throw sharedPlace(other.name, name, at(0) ?? '')
  }
}

type PlaceAt = (batchTime: BatchTime) => string | undefined

/** Each is compared with all others, and to make one opens a place. */
function remembered(at: PlaceAt): PlaceAt {
  const places = new Map<BatchTime, string | undefined>()
  return (time) => {
    if (!places.has(time)) places.set(time, at(time))
    return places.get(time)
  }
}

/** Directories are named after batch times, so any number in a name above may be one. It is as deep for each of them. */
function isWithin(inner: PlaceAt, outer: PlaceAt): boolean {
  const depth = (outer(0) ?? '').split('/').length
  const segments = (inner(0) ?? '').split('/')
  const above = segments.slice(0, depth).join('/')
  return (segments[depth - 1]?.match(/\d+/g) ?? []).some((time) => outer(Number(time)) === above)
}

/** Refuses two outputs of one batch that would become visible in one place, before the commit has either. */
export function refuseSharedDestination(staged: readonly StagedOutput[], made: StagedOutput): void {
  const other = staged.find(({ destination }) => destination !== undefined && destination === made.destination)
  if (other !== undefined) throw sharedPlace(other.output, made.output, String(made.destination))
}

function sharedPlace(one: string, other: string, place: string): SluiceError {
  return new SluiceError({
    code: 'shared-place',
    kind: 'invalid',
    message: `Two outputs write to one place, or one into a directory of the other; give each a place of its own, or put out the union of both: ${one} and ${other} (${place})`,
  })
}
