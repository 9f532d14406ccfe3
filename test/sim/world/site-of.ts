/** What below the checkpoint a key is of: the part of its name that says so. */
const KINDS = [
  'plan',
  'manifest',
  'changelog',
  'snapshot',
  'output',
  'history',
  'shadow',
  'savepoint',
  'dead-letters',
  'dead-letter-box',
  'blocks',
] as const

export const CHECKPOINT = 'sim://checkpoint'
export const INPUT = 'sim://in'
export const OUTPUT = 'sim://out'

/** The site of a call to a store: `checkpoint:put-changelog`, `output:put-success`, `input:list`. */
export function siteOf(url: string, operation: string, key: string): string {
  if (url.startsWith(INPUT)) return `input:${operation}`
  if (url.startsWith(OUTPUT)) return `output:${operation}${outputKind(operation, key)}`
  const kind = KINDS.find((kind) => key.includes(`/${kind}`))
  return `checkpoint:${operation}${kind === undefined ? '' : `-${kind}`}`
}

function outputKind(operation: string, key: string): string {
  if (operation === 'list' || operation === 'delete') return ''
  return key === '_SUCCESS' ? '-success' : '-part'
}
