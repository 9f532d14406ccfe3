import assert from 'node:assert/strict'
import {
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import type { Benchmark } from './benchmark.ts'
import { measuredProcess } from './measured-process.ts'
import { wordsFile } from './words-file.ts'

const BYTES = 1e9
const PROGRAMS = fileURLToPath(new URL('./memory-process.ts', import.meta.url))

/** The largest resident memory of a process of its own that counts the words of one file of 1 GB. */
export const memory: Benchmark = {
  name: 'memory',
  async run({ dataDirectory, say }) {
    const directory = await gigabyte(dataDirectory, say)
    say('the application, then the hand-written loop, each in a process of its own …')
    const value = await peakMegabytes('application', directory)
    const reference = await peakMegabytes('loop', directory)
    return [{ metric: 'MB', value, unit: 'MB', reference }]
  },
}

/** A directory with one file of the same words over and over; made if it is not there. */
async function gigabyte(dataDirectory: string, say: (text: string) => void): Promise<string> {
  const words = await wordsFile(dataDirectory, say)
  const directory = join(dataDirectory, 'gigabyte')
  const path = join(directory, 'words.txt')
  if (existsSync(path)) return directory
  say(`making ${path} …`)
  mkdirSync(directory, { recursive: true })
  const unfinished = join(dataDirectory, `gigabyte.${process.pid}.tmp`)
  const times = Math.ceil(BYTES / statSync(words).size)
  await pipeline(repeated(words, times), createWriteStream(unfinished))
  renameSync(unfinished, path)
  return directory
}

async function* repeated(path: string, times: number): AsyncGenerator<Uint8Array> {
  for (let time = 0; time < times; time++) yield* createReadStream(path, { highWaterMark: 1 << 20 })
}

/** Rejects when the process fails, or does not say what it took: a figure that was not measured is none. */
export async function peakMegabytes(program: 'application' | 'loop', directory: string): Promise<number> {
  const out = mkdtempSync(join(tmpdir(), 'sluice-bench-'))
  try {
    const megabytes = await measuredProcess(PROGRAMS, [program, directory, out])
    assert(typeof megabytes === 'number' && megabytes > 0, `it did not say what memory it took: ${program}`)
    return megabytes
  } finally {
    rmSync(out, { recursive: true, force: true })
  }
}
