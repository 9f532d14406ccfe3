import { elementText } from '../../util/text.ts'
import type { CallSite } from '../call-site.ts'
import { chunksOf } from '../chunks.ts'
import { OperatorFailure } from '../failure.ts'
import { type Emit, type Node, narrow, type Task } from '../node.ts'
import { pushAll } from '../push.ts'

/** A process that the lines of one partition go through. */
export interface PipeCommand {
  /** The program and its arguments. */
  readonly command: readonly string[]
  /** Beside the variables of this process. */
  readonly env: Readonly<Record<string, string>>
  /** Ends the process when it is aborted. */
  readonly signal: AbortSignal
}

/**
 * Starts a process, writes it lines and gives the lines that it writes, in chunks. What `lines` rejects with, it rejects
 * with; an exit that is not 0 is an error with code `pipe-failed`.
 */
export type PipeThrough = (
  command: PipeCommand,
  lines: AsyncIterable<readonly string[]>,
) => AsyncIterable<readonly string[]>

/** How elements become lines. */
export interface PipeOptions<T> {
  /** Prints lines before the first element, in each partition. */
  readonly printPipeContext?: ((print: (line: string) => void) => void) | undefined
  /** Prints the lines of one element; by default its text. */
  readonly printRDDElement?: ((element: T, print: (line: string) => void) => void) | undefined
}

export interface PipeNodeOptions<T> extends PipeOptions<T> {
  readonly command: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly pipeThrough: PipeThrough
  readonly site: CallSite
}

/** The lines that a command writes when it gets the elements of a partition, one process for each partition. */
export function pipeNode<T>(parent: Node<T>, options: PipeNodeOptions<T>): Node<string> {
  const { command, env, pipeThrough, site } = options
  async function compute(partition: number, task: Task, emit: Emit<string>): Promise<void> {
    const origin = { partition, describe: (index: number) => `line ${index + 1} of ${site}` }
    const lines = linesOf(chunksOf(parent, partition, task), options)
    let first = 0
    for await (const written of pipeThrough({ command, env, signal: task.signal }, lines)) {
      await pushAll(written, emit, { task, origin, first })
      first += written.length
    }
  }
  return { partitions: parent.partitions, dependencies: [narrow(parent)], compute }
}

async function* linesOf<T>(
  chunks: AsyncIterable<readonly T[]>,
  { printPipeContext, printRDDElement, site }: PipeNodeOptions<T>,
): AsyncGenerator<readonly string[]> {
  if (printPipeContext !== undefined) yield printed(site, printPipeContext)
  for await (const elements of chunks) {
    yield printRDDElement === undefined
      ? elements.map(elementText)
      : printed(site, (print) => {
          for (const element of elements) printRDDElement(element, print)
        })
  }
}

function printed(site: CallSite, by: (print: (line: string) => void) => void): string[] {
  const lines: string[] = []
  try {
    by((line) => void lines.push(line))
  } catch (cause) {
    throw new OperatorFailure(site, cause)
  }
  return lines
}
