import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'

export interface Child {
  readonly process: ChildProcess
  /** Lines of its standard output, as they come. */
  readonly lines: AsyncIterable<string>
  /** Resolves when it has ended, in whatever way. */
  readonly ended: Promise<unknown>
}

/** Runs a script beside this file in a process of its own, which ends with the test at the latest. */
export function startChild(t: Pick<TestContext, 'after'>, script: string, args: readonly string[]): Child {
  const path = fileURLToPath(new URL(script, import.meta.url))
  const child = spawn(process.execPath, ['--import', 'tsx', path, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.after(() => child.kill('SIGKILL'))
  return { process: child, lines: createInterface({ input: child.stdout }), ended: once(child, 'close') }
}
