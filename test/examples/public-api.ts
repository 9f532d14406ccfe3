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
  /** Public methods and getters, those of the classes that it extends, too. */
  readonly members: readonly Member[]
}

/** A method by the name it has on the public class, `RDD.map`, and where it stands. */
export interface Member extends Declaration {
  readonly path: string
  /** What it is called there: `ElementTransformations.map`. */
  readonly symbol: string
}

export const files: ReadonlyMap<string, DocumentedFile> = new Map(
  documentedFiles('src').map((file) => [file.path, file]),
)

/** Every example below `src`, internal ones too. */
export const examples: readonly Example[] = [...files.values()].flatMap((file) => file.examples)

export const publicApi: readonly PublicApi[] = publicSymbols().map((symbol) => {
  const declarations = files.get(symbol.path)?.declarations ?? []
  const own = declarations.filter(({ name }) => name === symbol.name)
  return { ...symbol, own, members: membersOf(symbol), isType: own.every(({ isType }) => isType) }
})

/** What a class overrides is written once, in the class itself or above. */
function membersOf({ name, path }: { readonly name: string; readonly path: string }): Member[] {
  const file = files.get(path)
  const own = (file?.declarations ?? [])
    .filter((declaration) => declaration.name.startsWith(`${name}.`))
    .map((declaration) => ({ ...declaration, path, symbol: declaration.name }))
  const base = file?.bases.get(name)
  const inherited = base === undefined ? [] : membersOf(base)
  return [
    ...own.filter(({ name: method, doc }) => doc !== '' || !inherited.some((other) => isSame(method, other.name))),
    ...inherited.map((member) => ({ ...member, name: `${name}.${methodOf(member.name)}` })),
  ]
}

function isSame(a: string, b: string): boolean {
  return methodOf(a) === methodOf(b)
}

function methodOf(name: string): string {
  return name.slice(name.indexOf('.') + 1)
}
