import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Figure } from './benchmark.ts'
import { measuredProcess } from './measured-process.ts'

const PROGRAMS = fileURLToPath(new URL('./tiny-process.ts', import.meta.url))

/**
 * What each process runs: the test kit on batches of three lines, with an operation, an application that prints, and one that
 * prints and writes files; and the word count over nothing.
 */
export type Program = 'testOperation' | 'runApp' | 'runApp-files' | 'emptyInMemory' | 'emptyInDirectory'

/** Of a batch. Processor time is that of all threads: on a machine that does other things as well, it says more than a clock. */
interface Cost {
  readonly ms: number
  readonly msCpu?: number
}

/** What a batch in process costs without input, with all that is kept in a directory, and with all of it in memory. */
export async function emptyBatches(): Promise<readonly Figure[]> {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-bench-'))
  try {
    const local = await costOf('emptyInDirectory', directory)
    const memory = await costOf('emptyInMemory')
    return [
      { metric: 'ms', value: local.ms, unit: 'ms' },
      { metric: 'ms-memory', value: memory.ms, unit: 'ms' },
    ]
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

/** How many batches of three lines the test kit runs in a second. */
export async function tinyBatches(): Promise<readonly Figure[]> {
  return [...(await speedOf('testOperation')), ...(await speedOf('runApp')), ...(await speedOf('runApp-files'))]
}

async function speedOf(program: Program): Promise<Figure[]> {
  const { ms, msCpu = Number.NaN } = await costOf(program)
  return [
    { metric: `batches/s-${program}`, value: 1_000 / ms, unit: 'batches/s' },
    { metric: `ms-cpu-${program}`, value: msCpu, unit: 'ms' },
  ]
}

/** In a process of its own each, as what one program has taught the compiler about a function slows the next one down. */
async function costOf(program: Program, ...args: readonly string[]): Promise<Cost> {
  return (await measuredProcess(PROGRAMS, [program, ...args])) as Cost
}
