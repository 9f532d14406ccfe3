import { readdirSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { type ParserPlugin, parse } from '@babel/parser'

/** One `import`, `export … from`, `import()` or `import('…')` type. */
export interface Import {
  readonly specifier: string
  readonly line: number
  /** Gone when the code runs: `import type`, `export type`, `import('…').T`. */
  readonly typeOnly: boolean
}

export interface SourceFile {
  /** From the repository's root, with slashes: `src/util/time.ts`. */
  readonly path: string
  readonly lines: number
  readonly imports: readonly Import[]
  readonly nodes: readonly SyntaxNode[]
}

export interface SyntaxNode {
  readonly type: string
  readonly parent: SyntaxNode | undefined
  /** The field of the parent that holds this node. */
  readonly field: string
  readonly loc: { readonly start: { readonly line: number } }
  readonly [key: string]: unknown
}

/** Every file of TypeScript or JavaScript below a folder of the repository. */
export function sourceFiles(folder: string): SourceFile[] {
  return filesBelow(folder)
    .filter((path) => /\.[cm]?[jt]s$/.test(path))
    .map(readSourceFile)
}

/** Paths below a folder, sorted. */
export function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => {
      const path = posix.join(folder, entry.name)
      if (entry.name === 'node_modules' || entry.name.startsWith('.')) return []
      return entry.isDirectory() ? filesBelow(path) : [path]
    })
    .sort()
}

/** The file that a relative import names, or undefined for a package or a built-in module. */
export function target(file: SourceFile, { specifier }: Pick<Import, 'specifier'>): string | undefined {
  return specifier.startsWith('.') ? posix.join(posix.dirname(file.path), specifier) : undefined
}

const plugins: ParserPlugin[] = ['typescript', 'explicitResourceManagement']

function readSourceFile(path: string): SourceFile {
  return parseSource(path, readFileSync(path, 'utf8'))
}

export function parseSource(path: string, text: string): SourceFile {
  const { program } = parse(text, {
    sourceType: 'module',
    plugins,
    createImportExpressions: true,
    sourceFilename: path,
  })
  const nodes: SyntaxNode[] = []
  collect(program, { parent: undefined, field: 'program', nodes })
  const imports = nodes.flatMap(importOf)
  return { path, lines: text.split('\n').length - 1, imports, nodes }
}

interface Place {
  readonly parent: SyntaxNode | undefined
  readonly field: string
  readonly nodes: SyntaxNode[]
}

function collect(value: unknown, { parent, field, nodes }: Place): void {
  if (Array.isArray(value)) for (const item of value) collect(item, { parent, field, nodes })
  else if (isNode(value)) {
    const node: SyntaxNode = { ...value, parent, field }
    nodes.push(node)
    for (const [key, child] of Object.entries(value)) collect(child, { parent: node, field: key, nodes })
  }
}

function isNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && 'type' in value && 'loc' in value && !isComment(value.type)
}

function isComment(type: unknown): boolean {
  return type === 'CommentBlock' || type === 'CommentLine'
}

const importing: Readonly<Record<string, string>> = {
  ImportDeclaration: 'source',
  ExportNamedDeclaration: 'source',
  ExportAllDeclaration: 'source',
  ImportExpression: 'source',
  TSImportType: 'argument',
  TSExternalModuleReference: 'expression',
}

function importOf(node: SyntaxNode): Import[] {
  const literal = node[importing[node.type] ?? '']
  const specifier = isNode(literal) && literal.type === 'StringLiteral' ? literal.value : undefined
  if (typeof specifier !== 'string') return []
  const typeOnly = node.type === 'TSImportType' || node.importKind === 'type' || node.exportKind === 'type'
  return [{ specifier, line: node.loc.start.line, typeOnly }]
}
