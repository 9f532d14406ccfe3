import { type ChildProcess, spawn } from 'node:child_process'
import type { Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { functionNode } from '../../../infra/function-node.ts'

const BOOTSTRAP = fileURLToPath(new URL('../../../infra/localstack/host/bootstrap.mjs', import.meta.url))

export interface Answer {
  readonly failed: boolean
  readonly body: string
}

export interface Bootstrapped {
  readonly child: ChildProcess
  invoke(event: unknown): Promise<Answer>
}

/** A function in a bare process, with what Lambda's runtime does around it: no loader, no module path, its own folder. */
export function bootstrap(
  folder: string,
  env: Readonly<Record<string, string>>,
  handler = 'index.handler',
): Bootstrapped {
  const child = spawn(functionNode(), [BOOTSTRAP, '3'], {
    cwd: folder,
    env: { TZ: 'UTC', ...env, LAMBDA_TASK_ROOT: folder, _HANDLER: handler },
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  })
  const socket = child.stdio[3] as Socket
  const lines = createInterface({ input: socket })[Symbol.asyncIterator]()
  const ready = lines.next()
  return {
    child,
    async invoke(event) {
      await ready
      const message = { id: 'r1', arn: 'arn:f', deadlineMs: Date.now() + 60_000, event: JSON.stringify(event) }
      socket.write(`${JSON.stringify(message)}\n`)
      return JSON.parse(String((await lines.next()).value)) as Answer
    },
  }
}
