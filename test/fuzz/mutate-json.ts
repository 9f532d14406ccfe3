import type { Random } from '../../src/util/random.ts'

type Path = readonly (string | number)[]

const WRONG: readonly unknown[] = [
  ...[null, true, false, 0, -1, 0.5, 1e308, Number.MAX_SAFE_INTEGER + 1, '', 'x', '__proto__', '-1'],
  ...[[], {}, [[]], [null], { kind: 'inline' }, { kind: 'object' }, { kind: 'inline', value: null }, { length: 1e9 }],
]
const DEEP = 20_000

/** JSON with one thing wrong in it: a value of another kind, a field less or more, a name that means something to objects. */
export function mutateJson(text: string, random: Random, depth = DEEP): string {
  const root: unknown = JSON.parse(text)
  const paths = [...pathsIn(root, [])]
  const path = paths[random.nextInt(paths.length)] ?? []
  switch (random.nextInt(5)) {
    case 0:
      return without(root, path)
    case 1:
      return renamed(root, path, ['__proto__', 'constructor', 'toString', ''][random.nextInt(4)] ?? '')
    case 2:
      return nested(root, path, depth)
    default:
      return JSON.stringify(replaced(root, path, WRONG[random.nextInt(WRONG.length)]))
  }
}

function* pathsIn(value: unknown, path: Path): Generator<Path> {
  yield path
  if (typeof value !== 'object' || value === null) return
  for (const [name, member] of Object.entries(value)) yield* pathsIn(member, [...path, name])
}

function replaced(value: unknown, [name, ...rest]: Path, by: unknown): unknown {
  if (name === undefined) return by
  if (Array.isArray(value)) return value.map((item, i) => (String(i) === name ? replaced(item, rest, by) : item))
  const members = Object.entries(value as object)
  return Object.fromEntries(members.map(([key, member]) => [key, key === name ? replaced(member, rest, by) : member]))
}

function without(root: unknown, path: Path): string {
  return JSON.stringify(replaced(root, path, undefined)) ?? ''
}

/** The name alone is another. */
function renamed(root: unknown, path: Path, name: string): string {
  const marked = JSON.stringify(replaced(root, path, { MARK: 0 }))
  return marked.replace('{"MARK":0}', `{${JSON.stringify(name)}:{"MARK":1}}`)
}

function nested(root: unknown, path: Path, depth: number): string {
  const marked = JSON.stringify(replaced(root, path, 'MARK'))
  return marked.replace('"MARK"', `${'['.repeat(depth)}${']'.repeat(depth)}`)
}
