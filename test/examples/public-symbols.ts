import { readFileSync } from 'node:fs'
import { parseSource, type SyntaxNode, target } from '../architecture/source-file.ts'

/** A symbol that users import. */
export interface PublicSymbol {
  readonly name: string
  /** What it is imported from: `sluice/local`. */
  readonly entry: string
  /** The file that declares it. */
  readonly path: string
}

interface Specifier {
  readonly local: { readonly name: string }
  readonly exported: { readonly name: string }
}

/** The public entries, as TypeScript finds them: `sluice` and its sub-paths, each with its file. */
export function publicEntries(): ReadonlyMap<string, string> {
  const { compilerOptions } = JSON.parse(readFileSync('tsconfig.json', 'utf8')) as {
    readonly compilerOptions: { readonly paths: Readonly<Record<string, readonly string[]>> }
  }
  return new Map(Object.entries(compilerOptions.paths).map(([name, [file = '']]) => [name, file.replace('./', '')]))
}

export function publicSymbols(): PublicSymbol[] {
  return [...publicEntries()].flatMap(([entry, file]) => symbolsOf(entry, file))
}

/** Entries only hand on, name by name: anything else would make what is public a matter of search. */
function symbolsOf(entry: string, path: string): PublicSymbol[] {
  const file = parseSource(path, readFileSync(path, 'utf8'))
  return file.nodes
    .filter(({ parent }) => parent?.type === 'Program')
    .flatMap((node) => {
      const specifier = sourceOf(node)
      const declaredIn = specifier === undefined ? undefined : target(file, { specifier })
      if (declaredIn === undefined)
        throw new Error(`A public entry only re-exports by name: ${path}:${node.loc.start.line}`)
      return (node.specifiers as readonly Specifier[]).map(({ exported }) => ({
        name: exported.name,
        entry,
        path: declaredIn,
      }))
    })
}

function sourceOf(node: SyntaxNode): string | undefined {
  if (node.type !== 'ExportNamedDeclaration') return undefined
  return (node.source as { readonly value: string } | null)?.value
}
