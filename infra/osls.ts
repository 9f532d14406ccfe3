import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

export interface OslsCall {
  /** The folder that holds `serverless.yml`. */
  readonly folder: string
  readonly env?: Readonly<Record<string, string>>
}

/** Runs the packaging tool and returns what it printed; rejects with its output when it fails. */
export async function osls(args: readonly string[], { folder, env = {} }: OslsCall): Promise<string> {
  const tool = join(dirname(createRequire(import.meta.url).resolve('serverless/package.json')), 'bin/serverless.js')
  const child = spawn(process.execPath, [tool, ...args], {
    cwd: folder,
    // Node 24 warns of what the tool's own dependencies do.
    env: { ...process.env, NODE_NO_WARNINGS: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const printed: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => printed.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => printed.push(chunk))
  const code = await new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve))
  const text = Buffer.concat(printed).toString()
  if (code !== 0) throw new Error(`osls ${args.join(' ')} ended with ${code}:\n${text}`)
  return text
}
