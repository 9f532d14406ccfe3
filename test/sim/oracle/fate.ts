import { isKnownAs, type NodeForm, type Release } from '../apps/release.ts'

/** What becomes of what one node has stored when another version of the code goes on from it. */
export type Fate = 'goes-on' | 'begins-anew' | 'refused'

/** By what the version says, and by nothing else: the engine's comparison of graphs is not asked. */
export function fateOf(stored: NodeForm, place: number, release: Release): Fate {
  const now = release.forms[place]
  const isKnown = isKnownAs(stored.uid, place, release)
  const isReadable =
    now?.version === stored.version || (now !== undefined && now.version > stored.version && release.migrates)
  if (isKnown && isReadable) return 'goes-on'
  return release.drop.includes(stored.uid) ? 'begins-anew' : 'refused'
}
