import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { functionNode } from '../function-node.ts'
import type { PackagedFunction } from './functions.ts'

const RUNS = 5
const IMPORT = `
const start = performance.now()
const { handler } = await import(process.argv[1])
const ms = performance.now() - start
if (typeof handler !== 'function') throw new Error('exports no handler')
process.stdout.write(String(ms))
process.exit(0)
`

/** Milliseconds that a bare Node process takes to load the function from the archive's contents; the median of some runs. */
export async function initialisationMs(
  { name, folder }: PackagedFunction,
  environment: Readonly<Record<string, string>>,
): Promise<number> {
  const times: number[] = []
  for (let run = 0; run < RUNS; run++) times.push(await importOnce(name, join(folder, 'index.mjs'), environment))
  return times.sort((a, b) => a - b)[Math.floor(RUNS / 2)] ?? 0
}

/** Only what Lambda sets: nothing of this machine must be needed. */
async function importOnce(name: string, file: string, environment: Readonly<Record<string, string>>): Promise<number> {
  const env = { AWS_REGION: 'us-east-1', AWS_LAMBDA_FUNCTION_NAME: name, TZ: 'UTC', ...environment }
  try {
    const args = ['--input-type=module', '--eval', IMPORT, file]
    const { stdout } = await promisify(execFile)(functionNode(), args, { env })
    return Number(stdout)
  } catch (error) {
    throw new Error(`The packaged function does not load: ${name}`, { cause: error })
  }
}
