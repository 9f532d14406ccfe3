/** Where a value lies, for messages: `value.items[3].callback`, from the containers on the way, the outermost first, and itself. */
export function memberPath(chain: readonly unknown[]): string {
  return chain.slice(1).reduce<string>((text, child, i) => text + step(chain[i], child), 'value')
}

function step(parent: unknown, child: unknown): string {
  if (Array.isArray(parent)) return `[${parent.findIndex((item) => Object.is(item, child))}]`
  if (parent instanceof Set) return '[an item of the Set]'
  if (parent instanceof Map) {
    for (const [key, value] of parent) if (Object.is(value, child)) return `.get(${label(key)})`
    return '[a key of the Map]'
  }
  const named = Object.entries(parent as object).find(([, value]) => Object.is(value, child))
  if (named === undefined) return ''
  return /^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(named[0]) ? `.${named[0]}` : `[${JSON.stringify(named[0])}]`
}

function label(key: unknown): string {
  return typeof key === 'string' ? JSON.stringify(key) : typeof key === 'object' ? 'a key' : String(key)
}
