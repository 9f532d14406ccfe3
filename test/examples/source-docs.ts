import { readFileSync } from 'node:fs'
import { filesBelow, parseSource, type SourceFile, type SyntaxNode, target } from '../architecture/source-file.ts'

/** What a file declares, by name, with what is written above it. */
export interface Declaration {
  /** `Time`, `Time.plus`. */
  readonly name: string
  /** Gone when the code runs. */
  readonly isType: boolean
  readonly line: number
  /** Without the stars; empty if there is none. */
  readonly doc: string
  /** The code without what it does: a function's or class's head, a whole type. */
  readonly head: string
}

/** One block of code below `@example`. */
export interface Example {
  readonly path: string
  /** Of the code's first line. */
  readonly line: number
  /** The declaration that it belongs to. */
  readonly symbol: string
  readonly code: string
}

export interface DocumentedFile {
  readonly path: string
  /** An overloaded function is here once for each of its heads. */
  readonly declarations: readonly Declaration[]
  readonly examples: readonly Example[]
  /** The class that each class extends, by name, with the file that declares it if it is another. */
  readonly bases: ReadonlyMap<string, { readonly name: string; readonly path: string }>
  /** How often the text says `@example`, however it is written. */
  readonly tags: number
}

interface Comment {
  readonly type: string
  readonly value: string
  readonly start: number
  readonly loc: { readonly start: { readonly line: number } }
}

const types = ['TSInterfaceDeclaration', 'TSTypeAliasDeclaration']
const values = ['FunctionDeclaration', 'TSDeclareFunction', 'ClassDeclaration', 'VariableDeclarator']
const members = ['ClassMethod', 'TSDeclareMethod']

/** Every file of TypeScript below a folder, in the order of their paths. */
export function documentedFiles(folder: string): DocumentedFile[] {
  return filesBelow(folder)
    .filter((path) => path.endsWith('.ts'))
    .map((path) => documentedFile(path, readFileSync(path, 'utf8')))
}

export function documentedFile(path: string, text: string): DocumentedFile {
  const declarations: Declaration[] = []
  const examples: Example[] = []
  const file = parseSource(path, text)
  for (const node of file.nodes) {
    const name = declaredName(node)
    if (name === undefined) continue
    const comment = commentOf(node)
    const doc = comment === undefined ? '' : withoutStars(comment.value)
    const head = headOf(node, text)
    declarations.push({ name, isType: types.includes(node.type), line: node.loc.start.line, doc, head })
    if (comment !== undefined) examples.push(...examplesOf(doc, { path, symbol: name, line: comment.loc.start.line }))
  }
  return { path, declarations, examples, bases: basesIn(file), tags: text.split('@example').length - 1 }
}

function basesIn(file: SourceFile): ReadonlyMap<string, { readonly name: string; readonly path: string }> {
  const from = new Map<string, string>()
  for (const node of file.nodes) {
    if (node.type !== 'ImportDeclaration') continue
    const specifier = (node.source as { readonly value: string }).value
    const path = target(file, { specifier })
    for (const { local } of node.specifiers as readonly { readonly local: { readonly name: string } }[]) {
      if (path !== undefined) from.set(local.name, path)
    }
  }
  const classes = file.nodes.filter(({ type, superClass }) => type === 'ClassDeclaration' && superClass)
  return new Map(
    classes.flatMap(({ id, superClass }) => {
      const [name, base] = [nameOf(id), nameOf(superClass)]
      return name && base ? [[name, { name: base, path: from.get(base) ?? file.path }] as const] : []
    }),
  )
}

function declaredName(node: SyntaxNode): string | undefined {
  if (values.includes(node.type) || types.includes(node.type)) return isTopLevel(node) ? nameOf(node.id) : undefined
  if (!members.includes(node.type) || node.computed === true || node.kind === 'constructor') return undefined
  if (node.accessibility === 'protected') return undefined
  const name = nameOf(node.key)
  return name === undefined ? undefined : `${nameOf(node.parent?.parent?.id)}.${name}`
}

interface Place {
  readonly start: number
  readonly end: number
}

function headOf(node: SyntaxNode, text: string): string {
  const { start, end } = node as unknown as Place
  const body = (types.includes(node.type) ? null : (node.body ?? node.init ?? null)) as Place | null
  const head = text.slice(start, body?.start ?? end)
  // A constant's value says nothing that its type does not.
  return (node.type === 'VariableDeclarator' ? `const ${head.replace(/=\s*$/, '')}` : head).trim()
}

function isTopLevel({ type, parent }: SyntaxNode): boolean {
  const statement = type === 'VariableDeclarator' ? parent?.parent : parent
  return statement?.type === 'Program' || statement?.type === 'ExportNamedDeclaration'
}

function nameOf(node: unknown): string | undefined {
  const { type, name } = (node ?? {}) as { readonly type?: string; readonly name?: string }
  return type === 'Identifier' ? name : undefined
}

/** What stands before `export` and `const` belongs to what they declare. */
function commentOf(node: SyntaxNode): Comment | undefined {
  const above = (node.leadingComments ?? []) as readonly Comment[]
  const own = above.findLast(({ type, value }) => type === 'CommentBlock' && value.startsWith('*'))
  const { parent } = node
  const isPart = parent?.type === 'ExportNamedDeclaration' || parent?.type === 'VariableDeclaration'
  return own ?? (isPart ? commentOf(parent) : undefined)
}

function withoutStars(comment: string): string {
  return comment
    .slice(1)
    .split('\n')
    .map((line) => line.replace(/^\s*\* ?/, '').trimEnd())
    .join('\n')
}

function examplesOf(doc: string, { path, symbol, line }: Omit<Example, 'code'>): Example[] {
  return [...doc.matchAll(/@example\n```ts\n([\s\S]*?)\n```/g)].map(({ index, 1: code = '' }) => ({
    path,
    symbol,
    line: line + doc.slice(0, index).split('\n').length + 1,
    code,
  }))
}

/** What a docstring says before its first tag. */
export function proseOf(doc: string): string {
  return (/^[\s\S]*?(?=^@\w|$(?![\s\S]))/m.exec(doc)?.[0] ?? '').trim()
}
