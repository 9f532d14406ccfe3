import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'

const launcher = fileURLToPath(new URL('../../src/cli/sluice.js', import.meta.url))
const root = fileURLToPath(new URL('../..', import.meta.url))

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface Running {
  readonly process: ChildProcess
  /** What it wrote so far. */
  readonly written: () => { readonly stdout: string; readonly stderr: string }
  readonly ended: Promise<Ended>
}

/** Starts the command `sluice` as a user does, in a process of its own that ends with the test at the latest. */
export function startSluice(t: Pick<TestContext, 'after'>, ...args: readonly string[]): Running {
  const child = spawn(process.execPath, [launcher, ...args], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
  t.after(() => child.kill('SIGKILL'))
  const written = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text) => {
    written.stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text) => {
    written.stderr += text
  })
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal, ...written }))
  return { process: child, written: () => ({ ...written }), ended }
}

export function sluice(t: Pick<TestContext, 'after'>, ...args: readonly string[]): Promise<Ended> {
  return startSluice(t, ...args).ended
}

/** Runs it with a file, or a device, as its stdout. */
export function sluiceOnto(path: string, args: readonly string[]): Pick<Ended, 'code' | 'stderr'> {
  const stdout = openSync(path, 'w')
  try {
    const { status: code, stderr } = spawnSync(process.execPath, [launcher, ...args], {
      cwd: root,
      stdio: ['ignore', stdout, 'pipe'],
      encoding: 'utf8',
    })
    return { code, stderr }
  } finally {
    closeSync(stdout)
  }
}

/** The lines of JSON on stdout, which holds nothing else. */
export function jsonLines({ stdout }: Pick<Ended, 'stdout'>): readonly Record<string, unknown>[] {
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
}

/** Resolves when what a process wrote satisfies a condition, or it has ended. */
export async function until(
  running: Running,
  holds: (written: Omit<Ended, 'code' | 'signal'>) => boolean,
): Promise<void> {
  const streams = [running.process.stdout, running.process.stderr]
  while (!holds(running.written())) {
    const next = streams.map((stream) => stream && once(stream, 'data'))
    const winner = await Promise.race([...next, running.ended.then((ended) => ({ ended }))])
    if (winner !== null && 'ended' in winner) {
      if (holds(running.written())) return
      throw new Error(`It ended before: ${JSON.stringify(winner.ended)}`)
    }
  }
}
