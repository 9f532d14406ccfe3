import { runCommand } from '../run-command.ts'

interface Process {
  readonly pid: number
  readonly parent: number
}

/** The process and all that it started, directly or not, as far as they are still running. */
export async function processTree(root: number): Promise<number[]> {
  const running = await runningProcesses()
  const tree: number[] = []
  for (const queue = [root]; queue.length > 0; ) {
    const pid = queue.shift() ?? 0
    if (running.some((process) => process.pid === pid)) tree.push(pid)
    queue.push(...running.filter(({ parent }) => parent === pid).map((child) => child.pid))
  }
  return tree
}

/** Those of the processes that have not ended. */
export async function stillRunning(pids: readonly number[]): Promise<number[]> {
  const running = new Set((await runningProcesses()).map(({ pid }) => pid))
  return pids.filter((pid) => running.has(pid))
}

/** Ends processes by their ids; those that are gone already are no error. */
export function killAll(pids: readonly number[]): void {
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // It ended by itself.
    }
  }
}

/** Without those that have ended and wait for their parent to ask how: nothing can be done about them. */
async function runningProcesses(): Promise<Process[]> {
  const lines = (await runCommand('ps', ['-A', '-o', 'pid=,ppid=,stat='])).trim().split('\n')
  return lines.flatMap((line) => {
    const [pid, parent, state] = line.trim().split(/\s+/)
    return state?.startsWith('Z') ? [] : [{ pid: Number(pid), parent: Number(parent) }]
  })
}
