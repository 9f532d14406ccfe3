import type { FromTo, GraphChange } from '../../../src/checkpoint/compare-graphs.ts'
import type { NodeSpec } from '../apps/app-spec.ts'
import { KEEPS, type NodeForm, placeOf, READS, type Release } from '../apps/release.ts'
import { fateOf, type StoredForm, windowText } from './fate.ts'

/** What is known of a checkpoint, as far as it matters to an upgrade. */
export interface StoredForms {
  readonly stored: ReadonlyMap<number, StoredForm>
  /** Places of nodes that take part in batches. */
  readonly live: ReadonlySet<number>
  /** Whether any batch was committed. */
  readonly isBegun: boolean
}

/** What becomes of each part that stores anything, by what the version says and by nothing else. */
export function forecastOf(release: Release, { stored, live, isBegun }: StoredForms): string[] {
  const lines = [...live].flatMap((place) => {
    const node = release.nodes[place]
    return node !== undefined && isStored(node) ? fateLines(place, release, stored.get(place)) : []
  })
  const isChained = release.outputs.some(({ kind }) => kind === 'chain')
  return [...lines, ...(isChained ? [`operator chain ${isBegun ? 'kept' : 'new'}`] : [])].sort()
}

/** What the product foresees, in the same words. Of what is refused, which part it is of. */
export function forecastText(changes: readonly GraphChange[]): string[] {
  const refused = new Set(changes.filter(({ fate }) => fate === 'refused').map(({ uid }) => placeOf(uid)))
  const lines = changes.flatMap((change) => {
    const { part, uid, fate, renamedFrom, migrated, resharded, rewindowed } = change
    if (part === 'output') return []
    if (refused.has(placeOf(uid))) return [refusedLine(placeOf(uid))]
    const details = [
      renamedFrom === undefined ? '' : ` from ${renamedFrom}`,
      spanText('version', migrated),
      spanText('partitions', resharded),
      rewindowed === undefined ? '' : ' another window',
    ]
    return [`${part} ${uid} ${fate}${details.join('')}`]
  })
  return [...new Set(lines)].sort()
}

function isStored({ op }: NodeSpec): boolean {
  return KEEPS.has(op) || READS.has(op)
}

function fateLines(place: number, release: Release, before: StoredForm | undefined): string[] {
  const [node, { uid, version }] = [release.nodes[place] as NodeSpec, release.forms[place] as NodeForm]
  const part = READS.has(node.op) ? 'input' : 'operator'
  if (before === undefined) return [`${part} ${uid} new`]
  const fate = fateOf(before, place, release)
  if (fate === 'refused') return [refusedLine(place)]
  if (fate === 'begins-anew') return [`${part} ${before.form.uid} dropped`, `${part} ${uid} new`]
  const details = [
    before.form.uid === uid ? '' : ` from ${before.form.uid}`,
    spanText('version', { from: before.form.version, to: version }),
    spanText('partitions', { from: partitionsOf(before.node), to: partitionsOf(node) }),
    windowText(before.node) === windowText(node) ? '' : ' another window',
  ]
  return [`${part} ${uid} kept${details.join('')}`]
}

function refusedLine(place: number): string {
  return `refused ${place}`
}

function spanText(what: string, span: FromTo | undefined): string {
  return span === undefined || span.from === span.to ? '' : ` ${what} ${span.from} to ${span.to}`
}

function partitionsOf(node: NodeSpec): number {
  return 'partitions' in node ? node.partitions : 1
}
