import type { Head } from '../../../src/checkpoint/head.ts'
import type { Place, SimObject } from './place.ts'
import type { SimWorld } from './sim-world.ts'

/** All that is stored at one instant. */
export interface Stock {
  readonly head: Head | undefined
  readonly objects: ReadonlyMap<Place, ReadonlyMap<string, SimObject>>
}

export function stockOf({ head, places }: SimWorld): Stock {
  return { head, objects: new Map([...places.values()].map((place) => [place, new Map(place.objects)])) }
}

/** What was written, deleted or changed since: also what was written anew as it was. Receivers are given blocks at any time. */
export function changedSince({ head, objects }: Stock, world: SimWorld): string[] {
  const changed = world.head === head ? [] : ['the head']
  for (const place of world.places.values()) {
    const before = objects.get(place) ?? new Map<string, SimObject>()
    for (const key of new Set([...before.keys(), ...place.objects.keys()]))
      if (before.get(key) !== place.objects.get(key) && !key.includes('/blocks/')) changed.push(`${place.url}/${key}`)
  }
  return changed
}
