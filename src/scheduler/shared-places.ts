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
  const makers = new Map<string, string>()
  const within = new Map<string, string>()
  for (const { name, sink } of sinks) {
    const [place, form] = [sink.place?.(0), sink.place?.(ANY_TIME)]
    if (place === undefined || form === undefined) continue
    const above = formsAbove(place)
    const other = within.get(form) ?? above.map((one) => makers.get(one)).find((maker) => maker !== undefined)
    if (other !== undefined) throw sharedPlace(other, name, place)
    makers.set(form, name)
    for (const one of above) within.set(one, name)
  }
}

/** Stands for all batch times where places are compared. As long as those of now, so that no place is refused for its length. */
const ANY_TIME = 1_234_567_890_123

/** What it lies in, its own directory included, as who makes that would call it: any number in the last name may be a batch time. */
function formsAbove(place: string): string[] {
  return [...place.matchAll(/\d+/g)].flatMap(({ 0: digits, index }) => {
    if (String(Number(digits)) !== digits) return []
    const [name = ''] = place.slice(index + digits.length).split('/', 1)
    return `${place.slice(0, index)}${ANY_TIME}${name}`
  })
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
