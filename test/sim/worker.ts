import { pathToFileURL } from 'node:url'
import type { Simulator } from './bundle.ts'
import { type SeedRange, type Tally, tallyOf } from './tally.ts'

/** Seeds for a process of the crew to run, with the simulator in a file. */
export interface Task extends SeedRange {
  readonly file: string
}

export type Answer =
  | { readonly kind: 'done'; readonly tally: Tally }
  | { readonly kind: 'failed'; readonly why: string }

async function answerTo({ file, ...range }: Task): Promise<Answer> {
  try {
    return { kind: 'done', tally: await tallyOf((await import(pathToFileURL(file).href)) as Simulator, range) }
  } catch (error) {
    return { kind: 'failed', why: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  }
}

process.on('message', async (task: Task) => {
  process.send?.(await answerTo(task))
})
