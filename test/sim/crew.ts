import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { Tally } from './tally.ts'
import type { Answer, Task } from './worker.ts'

const WORKER = fileURLToPath(new URL('worker.ts', import.meta.url))

/**
 * What a simulation makes is mostly garbage soon: with room for it, little is copied. And nobody reads where the errors that it
 * makes came from; a seed that is run again with `--trace` says so.
 */
const FLAGS = ['--max-semi-space-size=64', '--stack-trace-limit=0']

/** Processes, one a core, that run seeds. */
export class Crew {
  readonly #members: readonly ChildProcess[]
  readonly #idle: ChildProcess[]
  readonly #waiting: ((member: ChildProcess) => void)[] = []

  constructor(size = availableParallelism()) {
    const execArgv = [...process.execArgv, ...FLAGS]
    this.#members = Array.from({ length: size }, () => fork(WORKER, { execArgv }))
    this.#idle = [...this.#members]
  }

  get size(): number {
    return this.#members.length
  }

  /** Runs a task as soon as a process is free. Rejects if the process ends, or the simulator fails. */
  async run(task: Task): Promise<Tally> {
    const member = this.#idle.pop() ?? (await new Promise<ChildProcess>((resolve) => this.#waiting.push(resolve)))
    const answer = await answerOf(member, task)
    const next = this.#waiting.shift()
    if (next === undefined) this.#idle.push(member)
    else next(member)
    if (answer.kind === 'failed') throw new Error(`Seeds from ${task.from} could not be simulated: ${answer.why}`)
    return answer.tally
  }

  /** Ends all processes. */
  dismiss(): void {
    for (const member of this.#members) member.kill()
  }
}

async function answerOf(member: ChildProcess, task: Task): Promise<Answer> {
  const stop = new AbortController()
  const { signal } = stop
  try {
    member.send(task)
    return await Promise.race([
      once(member, 'message', { signal }).then(([answer]) => answer as Answer),
      once(member, 'exit', { signal }).then(([code]): Answer => ({ kind: 'failed', why: `exit code ${code}` })),
    ])
  } finally {
    stop.abort()
  }
}
