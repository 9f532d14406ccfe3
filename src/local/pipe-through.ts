import { type ChildProcessByStdio, spawn } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import { textLines } from '../rdd/formats/text-lines.ts'
import type { PipeCommand, PipeThrough } from '../rdd/nodes/pipe.ts'
import { messageOf, SluiceError } from '../util/errors.ts'

/** What `rdd.pipe` starts: a child of this process, whose complaints go where those of this process go. */
export const pipeThrough: PipeThrough = async function* (options, lines) {
  const child = started(options)
  const ended = exitOf(child)
  const fed = feed(child, lines)
  try {
    const url = `what ${options.command.join(' ')} wrote`
    yield* textLines(child.stdout, { url, maxLineBytes: Number.POSITIVE_INFINITY })
    await check(options, { ended, fed })
  } finally {
    // Whoever reads may have had enough, and the process may write for ever.
    child.kill()
    await fed
  }
}

type Child = ChildProcessByStdio<Writable, Readable, null>
type Exit = { readonly status: number | null; readonly signal: string | null } | { readonly error: Error }
/** What reading the lines failed with. */
type Fed = { readonly cause: unknown } | undefined

function started({ command: [program = '', ...args], env, signal }: PipeCommand): Child {
  return spawn(program, args, { env: { ...process.env, ...env }, signal, stdio: ['pipe', 'pipe', 'inherit'] })
}

function exitOf(child: Child): Promise<Exit> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ error }))
    child.once('close', (status, signal) => resolve({ status, signal }))
  })
}

/** Until there are no more lines or nobody reads them: a process may have had enough of them, as `head` has. */
async function feed(child: Child, lines: AsyncIterable<readonly string[]>): Promise<Fed> {
  const { stdin } = child
  stdin.on('error', () => stdin.destroy())
  try {
    for await (const chunk of lines) {
      if (stdin.destroyed) return undefined
      const text = chunk.map((line) => `${line}\n`).join('')
      if (!stdin.write(text)) await drained(stdin)
    }
    stdin.end()
    return undefined
  } catch (cause) {
    child.kill()
    return { cause }
  }
}

/** Or closed: then nobody will read any more. */
function drained(stdin: Writable): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      stdin.off('drain', done)
      stdin.off('close', done)
      resolve()
    }
    stdin.on('drain', done)
    stdin.on('close', done)
  })
}

async function check(
  { command, signal }: PipeCommand,
  process: { readonly ended: Promise<Exit>; readonly fed: Promise<Fed> },
): Promise<void> {
  const exit = await process.ended
  // A process that never began takes nothing in, and nobody closes its input.
  if ('error' in exit) throw signal.aborted ? signal.reason : notRun(command, exit.error)
  const failure = await process.fed
  if (failure !== undefined) throw failure.cause
  if (exit.status !== 0) throw failed(command, exit.status ?? exit.signal)
}

function failed(command: readonly string[], status: number | string | null): SluiceError {
  const ran = command.join(' ')
  return invalid(`Subprocess exited with status ${status}. Command ran: ${ran}`)
}

function notRun(command: readonly string[], cause: unknown): SluiceError {
  return invalid(`Cannot run the command; is it installed, and on the PATH? ${messageOf(cause)} [${command.join(' ')}]`)
}

function invalid(message: string): SluiceError {
  return new SluiceError({ code: 'pipe-failed', kind: 'invalid', message })
}
