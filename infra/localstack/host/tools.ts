import { runCommand } from '../run-command.ts'

/** What the machine must have for LocalStack without docker. */
export interface Tools {
  /** The command of a Python that is new enough. */
  readonly python: string
}

export type FoundTools =
  | { readonly kind: 'found'; readonly tools: Tools }
  | { readonly kind: 'missing'; readonly what: string }

const OLDEST = { python: [3, 11], java: [17, 0] } as const
const PYTHONS = ['python3', 'python3.11', 'python3.12', 'python3.13'] as const

/** Looks for Python with venv, Java and Maven; names everything that is missing at once. */
export async function findTools(): Promise<FoundTools> {
  const [python, java, maven] = await Promise.all([findPython(), javaIsThere(), answers('mvn', ['--version'])])
  const missing = [
    ...(python === undefined ? [`python3 >= ${OLDEST.python.join('.')} with venv`] : []),
    ...(java ? [] : [`java >= ${OLDEST.java[0]}`]),
    ...(maven ? [] : ['mvn']),
  ]
  if (python === undefined || missing.length > 0) return { kind: 'missing', what: missing.join(', ') }
  return { kind: 'found', tools: { python } }
}

async function findPython(): Promise<string | undefined> {
  for (const python of PYTHONS) {
    if (!isAtLeast(await versionOf(python, ['--version']), OLDEST.python)) continue
    if (await answers(python, ['-c', 'import venv, ensurepip'])) return python
  }
  return undefined
}

async function javaIsThere(): Promise<boolean> {
  return isAtLeast(await versionOf('java', ['-version']), OLDEST.java)
}

async function answers(command: string, args: readonly string[]): Promise<boolean> {
  return runCommand(command, args).then(
    () => true,
    () => false,
  )
}

/** The first number with a dot in what the command prints; `17.0.15` gives `[17, 0]`. */
async function versionOf(command: string, args: readonly string[]): Promise<readonly number[]> {
  const printed = await runCommand(command, args).catch(() => '')
  return (/(\d+)\.(\d+)/.exec(printed)?.slice(1) ?? []).map(Number)
}

function isAtLeast([major = 0, minor = 0]: readonly number[], [least, leastMinor]: readonly [number, number]): boolean {
  return major > least || (major === least && minor >= leastMinor)
}
