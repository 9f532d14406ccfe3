import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Setting } from '../../functions/demo/command.ts'

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunningDemo {
  /** Resolves to the match once standard output has one. Rejects if it ends without. */
  shows(pattern: RegExp): Promise<RegExpExecArray>
  kill(signal: NodeJS.Signals): void
  readonly ended: Promise<Ended>
}

/** A batch every 100 ms. */
export const CLOCK_RATE = 20

const SCRIPT = fileURLToPath(new URL('./demo-process.ts', import.meta.url))

/** Starts the demonstration as `npm start -- …args` does, elsewhere and faster. */
export function startDemo(setting: Setting, ...args: readonly string[]): RunningDemo {
  const child = spawn(process.execPath, ['--import', 'tsx', SCRIPT, JSON.stringify(setting), ...args], {
    env: {
      ...process.env,
      npm_lifecycle_event: undefined,
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: undefined,
    },
  })
  let [stdout, stderr] = ['', '']
  const waiting = new Set<() => void>()
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk
    for (const look of [...waiting]) look()
  })
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk
  })
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr }))
  })
  const shows = (pattern: RegExp) =>
    new Promise<RegExpExecArray>((resolve, reject) => {
      const look = () => {
        const match = pattern.exec(stdout)
        if (match === null) return
        waiting.delete(look)
        resolve(match)
      }
      waiting.add(look)
      look()
      ended.then(() => reject(new Error(`ended without showing ${pattern}:\n${stdout}${stderr}`)), reject)
    })
  return { shows, kill: (signal) => void child.kill(signal), ended }
}

/** Waits for an end that is in order: exit code 0, and nothing that a reader must wonder about. */
export async function endsWell({ ended }: RunningDemo): Promise<string> {
  const { code, signal, stdout, stderr } = await ended
  assert.deepEqual({ code, signal, stderr }, { code: 0, signal: null, stderr: '' }, stdout)
  return stdout
}
