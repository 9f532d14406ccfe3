import type { Member, PublicApi } from '../../test/examples/public-api.ts'
import { type Declaration, proseOf } from '../../test/examples/source-docs.ts'

/** Everything that one entry exports, as a page of Markdown: values first, then types, each in the order of its name. */
export function referencePage(entry: string, symbols: readonly PublicApi[]): string {
  const sorted = [...symbols].sort((a, b) => Number(a.isType) - Number(b.isType) || a.name.localeCompare(b.name, 'en'))
  const values = sorted.filter(({ isType }) => !isType)
  const types = sorted.filter(({ isType }) => isType)
  return [
    `# \`${entry}\``,
    'Written by `npm run docs` from the comments in the sources, whose examples the tests run. [All entries](README.md)',
    contents('Values', values),
    contents('Types', types),
    ...sorted.map(symbolSection),
  ]
    .filter((part) => part !== '')
    .join('\n\n')
    .concat('\n')
}

/** The page that leads to those of the entries. */
export function indexPage(entries: ReadonlyMap<string, readonly PublicApi[]>): string {
  const rows = [...entries].map(
    ([entry, symbols]) => `| [\`${entry}\`](${pageName(entry)}) | ${symbols.map(({ name }) => name).join(', ')} |`,
  )
  return ['# Reference', '', '| entry | exports |', '|---|---|', ...rows, ''].join('\n')
}

/** `sluice/local` has the page `local.md`. */
export function pageName(entry: string): string {
  return `${entry.split('/').at(1) ?? entry}.md`
}

function contents(title: string, symbols: readonly PublicApi[]): string {
  if (symbols.length === 0) return ''
  return `${title}: ${symbols.map(({ name }) => `[${name}](#${name.toLowerCase()})`).join(', ')}`
}

function symbolSection({ name, path, own, members }: PublicApi): string {
  const documented = own.find(({ doc }) => doc !== '')
  const methods = new Map<string, Member[]>()
  for (const member of members) methods.set(member.name, [...(methods.get(member.name) ?? []), member])
  return [
    `## ${name}`,
    code(own.map(({ head }) => head)),
    text(documented),
    `Declared in \`${path}\`.`,
    ...[...methods].map(([method, heads]) => memberSection(method, heads)),
  ].join('\n\n')
}

function memberSection(name: string, heads: readonly Member[]): string {
  const documented = heads.find(({ doc }) => doc !== '')
  // The last head of an overloaded method is the one that callers do not see.
  const shown = heads.length > 1 ? heads.slice(0, -1) : heads
  return [`### ${name}`, code(shown.map(({ head }) => head)), text(documented)].join('\n\n')
}

function code(heads: readonly string[]): string {
  return ['```ts', ...heads.map(unindented), '```'].join('\n')
}

/** Lines after the first lose the indentation of the class that they stand in. */
function unindented(head: string): string {
  const depth = /\n( *)[^\s]*$/.exec(head)?.[1]?.length ?? 0
  return head.replaceAll(`\n${' '.repeat(depth)}`, '\n')
}

function text(declaration: Declaration | undefined): string {
  if (declaration === undefined) return ''
  const example = /@example\n(```ts\n[\s\S]*?\n```)/.exec(declaration.doc)?.[1]
  const thrown = /@throws ([\s\S]*?)(?=\n@|\n*$)/.exec(declaration.doc)?.[1]
  const parts = [proseOf(declaration.doc), thrown && `Throws ${thrown}`, example]
  return parts.filter((part) => part !== undefined && part !== '').join('\n\n')
}
