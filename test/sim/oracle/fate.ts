import type { NodeSpec } from '../apps/app-spec.ts'
import { isKnownAs, type NodeForm, type Release } from '../apps/release.ts'

/** In which form a node was when the last batch was committed. */
export interface StoredForm {
  readonly form: NodeForm
  readonly node: NodeSpec
}

/** What becomes of what one node has stored when another version of the code goes on from it. */
export type Fate = 'goes-on' | 'begins-anew' | 'refused'

/** By what the version says, and by nothing else: the engine's comparison of graphs is not asked. */
export function fateOf({ form: { uid, version }, node }: StoredForm, place: number, release: Release): Fate {
  const [now, nodeNow] = [release.forms[place], release.nodes[place]]
  const isKnown = isKnownAs(uid, place, release)
  const isReadable = now?.version === version || (now !== undefined && now.version > version && release.migrates)
  if (isKnown && isReadable && (nodeNow === undefined || isServed(node, nodeNow))) return 'goes-on'
  return release.drop.includes(uid) ? 'begins-anew' : 'refused'
}

/** The next window is of batches that the last one had, and one more. A result that is carried on is of one length. */
function isServed(before: NodeSpec, now: NodeSpec): boolean {
  if (!('length' in before) || !('length' in now) || before.length === now.length) return true
  return now.op !== 'inverse-window' && now.length <= before.length + 1
}
