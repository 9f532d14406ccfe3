import { publicSymbols } from './public-symbols.ts'
import { type Declaration, type DocumentedFile, documentedFiles, type Example } from './source-docs.ts'

/** A symbol that users import, with what is written about it. */
export interface PublicApi {
  readonly name: string
  /** What it is imported from: `sluice/local`. */
  readonly entry: string
  readonly path: string
  readonly isType: boolean
  /** Its own declarations: several if it is overloaded. */
  readonly own: readonly Declaration[]
  /** Public methods and getters. */
  readonly members: readonly Declaration[]
}

export const files: ReadonlyMap<string, DocumentedFile> = new Map(
  documentedFiles('src').map((file) => [file.path, file]),
)

/** Every example below `src`, internal ones too. */
export const examples: readonly Example[] = [...files.values()].flatMap((file) => file.examples)

export const publicApi: readonly PublicApi[] = publicSymbols().map((symbol) => {
  const declarations = files.get(symbol.path)?.declarations ?? []
  const own = declarations.filter(({ name }) => name === symbol.name)
  const members = declarations.filter(({ name }) => name.startsWith(`${symbol.name}.`))
  return { ...symbol, own, members, isType: own.every(({ isType }) => isType) }
})
