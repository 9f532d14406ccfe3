import { type NodeSpec, sourceKind, type WindowSpec } from '../apps/app-spec.ts'
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
  const isSameSource = sourceKind(nodeNow) === sourceKind(node)
  if (isKnown && isSameSource && isReadable && (nodeNow === undefined || isServed(node, nodeNow))) return 'goes-on'
  return release.drop.includes(uid) ? 'begins-anew' : 'refused'
}

/** The next window is of batches that are there, and one more. A result that is carried on is of one window. */
function isServed(before: NodeSpec, now: NodeSpec): boolean {
  if (!('length' in before) || !('length' in now) || windowText(before) === windowText(now)) return true
  return now.op !== 'inverse-window' && now.length <= alwaysKept(before) + 1
}

/** How many of the last batches are there at any time: with a slide, some may be in no window that is still to come. */
function alwaysKept({ op, length, slide = 1 }: Pick<NodeSpec, 'op'> & WindowSpec): number {
  if (op === 'window') return Math.max(0, length - slide + 1)
  return slide > length ? 0 : length
}

/** Of a node that is a window, which. */
export function windowText(node: NodeSpec): string {
  return 'length' in node ? `${node.length} every ${node.slide ?? 1}` : ''
}
