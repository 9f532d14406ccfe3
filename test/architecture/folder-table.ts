/** Folders that use nothing that only Node has, so that they run on edge runtimes, too. */
export const pureFolders = ['util', 'checkpoint', 'ports', 'rdd', 'state', 'dstream', 'planner', 'connectors']

/** Who may import whom. A folder imports itself, what its row names, and nothing else; imports of types count. */
const table = {
  util: [],
  checkpoint: ['util'],
  ports: ['util', 'checkpoint'],
  rdd: ['util', 'ports'],
  // The forms of attempts and state references, which state objects are named and found by.
  state: ['util', 'checkpoint', 'ports'],
  dstream: ['util', 'ports', 'rdd', 'state'],
  planner: ['util', 'checkpoint'],
  connectors: ['util', 'checkpoint', 'ports', 'rdd', 'dstream'],
  scheduler: ['util', 'checkpoint', 'ports', 'rdd', 'state', 'dstream', 'planner'],
  http: ['util', 'ports', 'checkpoint', 'dstream', 'scheduler'],
  local: [...pureFolders, 'scheduler', 'http'],
  aws: [...pureFolders, 'scheduler', 'http'],
  embedded: ['util'],
  testing: ['*'],
  cli: ['*'],
} as const satisfies Readonly<Record<string, readonly string[]>>

const rows: Readonly<Record<string, readonly string[]>> = table

/** `src/index.ts` lies in no folder: it re-exports what runs anywhere. */
const root = ['util', 'checkpoint', 'ports', 'rdd', 'state', 'dstream']

/** `ports` of `src/ports/clock.ts`; undefined for what lies in `src` itself. */
export function folderOf(file: string): string | undefined {
  return /^src\/([^/]+)\//.exec(file)?.[1]
}

export function isKnown(folder: string): boolean {
  return Object.hasOwn(rows, folder)
}

export function mayImport(importer: string, imported: string): boolean {
  const [from, to] = [folderOf(importer), folderOf(imported)]
  if (to === undefined) return from === 'testing' || from === 'cli'
  const allowed = from === undefined ? root : (rows[from] ?? [])
  return from === to || allowed.includes('*') || allowed.includes(to)
}
