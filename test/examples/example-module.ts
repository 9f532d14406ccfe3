import { parseSource, type SyntaxNode } from '../architecture/source-file.ts'
import type { Example } from './source-docs.ts'

/** Where a name comes from that an example does not declare. */
export interface Origin {
  readonly specifier: string
  readonly isType?: boolean
}

/** What declaring streams takes: an example that uses one of these runs as the body of an application's `build`. */
const streamNames = ['ssc', 'lines', 'words']

interface Comment {
  readonly type: string
  readonly value: string
  readonly loc: { readonly start: { readonly line: number } }
}

interface Edit {
  readonly start: number
  readonly end: number
  readonly text: string
}

/**
 * The module that runs an example: what it does not import itself is imported, and every comment that follows a statement
 * on its line is compared with the statement's value, or, as `throws 'code'`, with the error's code.
 */
export function exampleModule(example: Example, origins: (name: string) => Origin | undefined): string {
  const names = freeNames(example.code)
  const streams = streamNames.filter((name) => names.has(name))
  const checked = withChecks(example, streams.length > 0 ? showsStream : showsValue)
  const free = [...freeNames(checked)].filter((name) => !streams.includes(name))
  const imports = free.flatMap((name) => {
    const origin = origins(name)
    return origin ? [`import ${origin.isType ? 'type ' : ''}{ ${name} } from '${origin.specifier}'`] : []
  })
  if (streams.length === 0) return [...imports, checked, 'export {}', ''].join('\n')
  const builder = origins('StreamBuilder')?.specifier
  const prelude = origins('castOf')?.specifier
  return [
    ...imports,
    `import type { StreamBuilder } from '${builder}'`,
    `import { castOf, type Refuses, type Shows } from '${prelude}'`,
    'export function build(builder: StreamBuilder, shows: Shows, refuses: Refuses) {',
    `const { ${streams.join(', ')} } = castOf(builder)`,
    checked,
    '}',
    '',
  ].join('\n')
}

function showsValue(expression: string, expected: string): string {
  const code = /^throws (.+)$/.exec(expected)?.[1]
  return code === undefined
    ? `await shows(async () => (${expression}), ${expected})`
    : `await fails(async () => (${expression}), ${code})`
}

function showsStream(expression: string, expected: string): string {
  const code = /^throws (.+)$/.exec(expected)?.[1]
  return code === undefined ? `shows(${expression}, ${expected})` : `refuses(() => (${expression}), ${code})`
}

function withChecks({ code, path, line }: Example, check: (expression: string, expected: string) => string): string {
  const statements = syntaxOf(code).filter((node) => node.parent?.type === 'Program' && node.field === 'body')
  const edits = statements.flatMap((node): Edit[] => {
    const expected = valueComment(node)
    if (expected === undefined) return []
    if (!isExpression(expected.replace(/^throws /, ''))) {
      throw new Error(`What follows a statement on its line is its value: ${path}:${line}: ${expected}`)
    }
    const { start, end } = node as unknown as Edit
    if (node.type === 'ExpressionStatement') {
      const inner = node.expression as Edit
      return [{ start, end, text: check(code.slice(inner.start, inner.end), expected) }]
    }
    return [{ start: end, end, text: `\n${check(boundName(node), expected)}` }]
  })
  return edits.reduceRight((text, { start, end, text: by }) => text.slice(0, start) + by + text.slice(end), code)
}

function valueComment(node: SyntaxNode): string | undefined {
  const [comment] = (node.trailingComments ?? []) as readonly Comment[]
  const { end } = node.loc as unknown as { readonly end: { readonly line: number } }
  const isValue = comment?.type === 'CommentLine' && comment.loc.start.line === end.line
  return isValue ? comment.value.trim() : undefined
}

function isExpression(text: string): boolean {
  try {
    syntaxOf(`(${text})`)
    return true
  } catch {
    return false
  }
}

function boundName(declaration: SyntaxNode): string {
  const [declarator] = (declaration.declarations ?? []) as readonly { readonly id: { readonly name?: string } }[]
  if (declarator?.id.name === undefined) throw new Error('Only expressions and single constants have a value to show')
  return declarator.id.name
}

function syntaxOf(code: string): readonly SyntaxNode[] {
  return parseSource('example.ts', code).nodes
}

/** Names that nothing around their uses declares. */
function freeNames(code: string): ReadonlySet<string> {
  const used = syntaxOf(code).filter((node) => node.type === 'Identifier' && !isPropertyName(node))
  return new Set(used.filter((node) => !isDeclared(node)).map(({ name }) => String(name)))
}

function isPropertyName({ parent, field }: SyntaxNode): boolean {
  const isName = field === 'property' || field === 'key' || field === 'imported'
  return isName && parent?.computed !== true
}

function isDeclared({ name, parent }: SyntaxNode): boolean {
  for (let outer = parent; outer !== undefined; outer = outer.parent) {
    if (namesIn(outer.params).includes(String(name))) return true
    if (Array.isArray(outer.body) && outer.body.flatMap(declaredNames).includes(String(name))) return true
  }
  return false
}

type Fields = Readonly<Record<string, unknown>>

/** What a statement declares for those beside it. */
function declaredNames(statement: Fields): string[] {
  const declaration = (statement.declaration ?? statement) as Fields
  const parts = [declaration.declarations, declaration.specifiers].flatMap((list) => (list ?? []) as readonly Fields[])
  return [declaration, ...parts].flatMap(({ id, local }) => namesIn(id ?? local))
}

/** The names that a pattern binds. */
function namesIn(pattern: unknown): string[] {
  if (Array.isArray(pattern)) return pattern.flatMap(namesIn)
  const { type, name, left, properties, elements, argument, value } = (pattern ?? {}) as Fields
  if (type === 'Identifier') return [String(name)]
  const inner = type === 'AssignmentPattern' ? [left] : [properties, elements, argument, value]
  return inner.flatMap((part) => (typeof part === 'object' && part !== null ? namesIn(part) : []))
}
