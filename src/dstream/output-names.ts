import { SluiceError } from '../util/errors.ts'
import type { OutputNode } from './output-node.ts'

/** Outputs with the names they go by. */
export interface NamedOutput {
  readonly name: string
  readonly node: OutputNode
}

/** In the order of their declaration; refuses names and places that two would share, with codes `duplicate-output` and `shared-place`. */
export function nameOutputs(outputs: readonly OutputNode[]): NamedOutput[] {
  const places = new Map<string, number>()
  const names = new Set<string>()
  const owners = new Map<string, OutputNode>()
  return outputs.map((node) => {
    const owner = node.place === undefined ? undefined : owners.get(node.place)
    if (owner) throw sharedPlace(owner, node)
    if (node.place !== undefined) owners.set(node.place, node)
    const place = (places.get(node.kind) ?? 0) + 1
    places.set(node.kind, place)
    const name = node.name ?? (place === 1 ? node.kind : `${node.kind}-${place}`)
    // What is staged has this in its name, and some file systems do not tell upper from lower case.
    const folded = name.toLowerCase()
    if (names.has(folded)) throw duplicateOutput(name, node)
    names.add(folded)
    return { name, node }
  })
}

/** Both would publish the same names, and readers would find the files of one of them. */
function sharedPlace(owner: OutputNode, { place, site }: OutputNode): SluiceError {
  return invalid(
    'shared-place',
    `Two outputs write to the same place; give each its own, or put out the union of both: ${place} (${owner.site}, ${site})`,
  )
}

function duplicateOutput(name: string, { site }: OutputNode): SluiceError {
  return invalid(
    'duplicate-output',
    `Two outputs have the same name, but perhaps for upper and lower case; give each its own: "${name}" (${site})`,
  )
}

function invalid(code: string, message: string): SluiceError {
  return new SluiceError({ code, kind: 'invalid', message })
}
