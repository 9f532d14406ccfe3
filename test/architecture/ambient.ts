import type { SourceFile, SyntaxNode } from './source-file.ts'

/** What a file takes from its surroundings instead of being given it. */
export type Ambient = 'clock' | 'randomness' | 'environment' | 'console'

/** The only files of `src` that may, each with the reason. */
export const owners: Readonly<Record<Ambient, Readonly<Record<string, string>>>> = {
  clock: {
    'src/local/system-clock.ts': 'the clock of this machine',
    'src/aws/lambda-clock.ts': 'the clock of an invocation',
    'src/embedded/kinesis/start-kinesis.ts': 'default clock of an embedded server',
    'src/embedded/s3/start-s3.ts': 'default clock of an embedded server',
    'src/rdd/pacer.ts': 'gives way to timers and requests between slices; nothing it computes depends on the time',
  },
  randomness: {
    'src/scheduler/create-runtime.ts': 'default owner of a lease',
    'src/local/process-lease.ts': 'owner of a lease of this process',
    'src/local/stores/temp-file.ts': 'names of temporary files, apart from those of other processes',
    'src/local/stores/file-etag.ts': 'file times that no earlier content had',
    'src/embedded/s3/start-s3.ts': 'request ids',
    'src/embedded/s3/upload-operations.ts': 'upload ids',
  },
  environment: {
    'src/aws/environment.ts': 'settings of a deployed function',
    'src/aws/clients.ts': 'where the AWS SDK, too, looks for its endpoint and region',
    'src/local/pipe-through.ts': 'what a process that rdd.pipe starts inherits',
    'src/cli/launch.js': 'tells the AWS SDK not to give advice on Node versions',
  },
  console: {
    'src/aws/cloudwatch-metrics.ts': 'metrics are lines that CloudWatch collects',
    'src/aws/json-log.ts': 'the log of a deployed function',
    'src/aws/lambda-runtime.ts': 'where print() writes in a deployed function',
    'src/local/console-log.ts': 'the log of a local run',
    'src/local/environment.ts': 'where print() writes in a local run',
    'src/local/stats-report-listener.ts': 'where a report that is asked for goes',
    'src/cli/main.ts': 'the last word on an error',
    'src/cli/require-node.cjs': 'refuses an old Node before anything else is loaded',
    'src/cli/sluice.js': 'says what kept the command from starting',
    'src/cli/terminal.ts': 'the terminal',
  },
}

export interface AmbientUse {
  readonly kind: Ambient
  readonly line: number
  readonly text: string
}

const members: Readonly<Record<string, Ambient>> = {
  'Date.now': 'clock',
  'performance.now': 'clock',
  'process.hrtime': 'clock',
  'Math.random': 'randomness',
  'crypto.randomUUID': 'randomness',
  'crypto.getRandomValues': 'randomness',
  'process.env': 'environment',
  'process.stdout': 'console',
  'process.stderr': 'console',
}

const importedNames: Readonly<Record<string, Ambient>> = {
  randomUUID: 'randomness',
  randomBytes: 'randomness',
  randomInt: 'randomness',
  hrtime: 'clock',
  env: 'environment',
  stdout: 'console',
  stderr: 'console',
}

export function ambientUses(file: SourceFile): AmbientUse[] {
  return file.nodes.flatMap((node) => {
    const text = memberText(node) ?? dateText(node) ?? importedText(node)
    const kind = text === undefined ? undefined : kindOf(text)
    return text === undefined || kind === undefined ? [] : [{ kind, line: node.loc.start.line, text }]
  })
}

function kindOf(text: string): Ambient | undefined {
  if (text.startsWith('console.')) return 'console'
  return text.startsWith('new Date') ? 'clock' : (members[text] ?? importedNames[text])
}

function memberText(node: SyntaxNode): string | undefined {
  if (!/^(Optional)?MemberExpression$/.test(node.type) || node.computed === true) return undefined
  const [object, property] = [nameOf(node.object), nameOf(node.property)]
  if (object !== undefined) return `${object}.${property}`
  // `globalThis.crypto.randomUUID`
  return nameOf(node.object, 'property') === undefined ? undefined : `${nameOf(node.object, 'property')}.${property}`
}

function dateText(node: SyntaxNode): string | undefined {
  const made = node.type === 'NewExpression' || node.type === 'CallExpression'
  if (!made || nameOf(node.callee) !== 'Date') return undefined
  const bare = Array.isArray(node.arguments) && node.arguments.length === 0
  return bare || node.type === 'CallExpression' ? 'new Date()' : undefined
}

function importedText(node: SyntaxNode): string | undefined {
  const fromNode = node.type === 'ImportSpecifier' && /^node:(crypto|process)$/.test(sourceOf(node.parent))
  return fromNode ? nameOf(node.imported) : undefined
}

function sourceOf(declaration: SyntaxNode | undefined): string {
  const source = declaration?.source as { readonly value?: unknown } | undefined
  return String(source?.value)
}

function nameOf(value: unknown, inner?: string): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const node = value as Readonly<Record<string, unknown>>
  if (inner !== undefined) return nameOf(node[inner])
  return node.type === 'Identifier' ? String(node.name) : undefined
}

/** Uses of a global by its bare name, such as `Buffer`, and not of a property that is called the same. */
export function globalUses(file: SourceFile, names: readonly string[]): AmbientUse[] {
  const used = file.nodes.filter((node) => names.includes(nameOf(node) ?? '') && isReference(node))
  return used.map((node) => ({ kind: 'environment', line: node.loc.start.line, text: String(node.name) }))
}

function isReference({ parent, field }: SyntaxNode): boolean {
  if (parent === undefined) return false
  if (field === 'property') return parent.computed === true
  return field !== 'key' && field !== 'imported' && field !== 'exported'
}
