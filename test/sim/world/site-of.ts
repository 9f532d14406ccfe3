/** What below the checkpoint a key is of: the part of its name that says so. The kind first of which the fewest are deleted. */
const KINDS: readonly string[] = [
  'dead-letter-box',
  'blocks',
  'from',
  'shadow',
  'dead-letters',
  'savepoint',
  'history',
  'plan',
  'merged-changelog',
  'snapshot',
  'changelog',
  'output',
  'manifest',
]

const KIND = new RegExp(`/(${KINDS.join('|')})`)

export const CHECKPOINT = 'sim://checkpoint'
export const INPUT = 'sim://in'
export const OUTPUT = 'sim://out'

/** The site of a call to a store: `checkpoint:put-changelog`, `output:put-success`, `input:list`. */
export function siteOf(url: string, operation: string, key: string): string {
  if (url.startsWith(INPUT)) return nameOf('input', operation)
  if (url.startsWith(OUTPUT)) return nameOf('output', operation, outputKind(operation, key))
  const kind = KIND.exec(key)?.[1]
  // Who audits looks at what has come since everything was listed: few objects, of whatever kind.
  return nameOf('checkpoint', operation, operation === 'head' && kind !== 'output' ? undefined : kind)
}

/** Of keys that one call deletes that of the rarest kind: the call is named after it. */
export function rarestOf(keys: readonly string[]): string {
  const rank = (key: string): number => KINDS.indexOf(KIND.exec(key)?.[1] ?? '')
  return keys.reduce((rarest, key) => (rank(key) < rank(rarest) ? key : rarest), keys[0] ?? '')
}

function outputKind(operation: string, key: string): string | undefined {
  if (operation === 'list' || operation === 'delete') return undefined
  return key === '_SUCCESS' ? 'success' : 'part'
}

type Where = 'checkpoint' | 'input' | 'output'
type NamesOf = Map<string, Map<string | undefined, string>>
const names: Readonly<Record<Where, NamesOf>> = { checkpoint: new Map(), input: new Map(), output: new Map() }

/** One string for each site, so that whoever counts by its name finds it at once. */
function nameOf(where: Where, operation: string, kind?: string): string {
  return names[where].get(operation)?.get(kind) ?? named(where, operation, kind)
}

function named(where: Where, operation: string, kind: string | undefined): string {
  const name = `${where}:${operation}${kind === undefined ? '' : `-${kind}`}`
  const known = names[where].get(operation) ?? new Map<string | undefined, string>()
  names[where].set(operation, known.set(kind, name))
  return name
}
