import { cpSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { BenchmarkContext, Figure } from './benchmark.ts'
import { measuredProcess } from './measured-process.ts'
import { median } from './rounds.ts'
import { withDirectory } from './state-run.ts'

const ROUNDS = 5

interface Costs {
  readonly ms: number
  readonly megabytes: number
}

/** What a process pays that holds nothing, for a batch about a few keys of a state of ten million (`TOUCHED_STATES`). */
export async function touchedFigures(
  name: string,
  { dataDirectory, say }: BenchmarkContext,
): Promise<readonly Figure[]> {
  const built = await builtState(name, dataDirectory, say)
  return withDirectory(async (directory) => {
    say(`${ROUNDS} processes, with a thousand keys of ten million each, ${name} …`)
    const checkpoint = join(directory, 'checkpoint')
    cpSync(built, checkpoint, { recursive: true })
    const costs: Costs[] = []
    for (let round = 1; round <= ROUNDS; round++) costs.push(await touched(name, checkpoint, round))
    return [
      { metric: `ms-${name}`, value: median(costs.map(({ ms }) => ms)), unit: 'ms' },
      { metric: `MB-${name}`, value: Math.max(...costs.map(({ megabytes }) => megabytes)), unit: 'MB' },
    ]
  })
}

/** A checkpoint with ten million keys; made if it is not there. */
async function builtState(name: string, dataDirectory: string, say: (text: string) => void): Promise<string> {
  const directory = join(dataDirectory, `ten-million-keys-${name}`)
  if (existsSync(directory)) return directory
  say(`making ${directory} …`)
  mkdirSync(dataDirectory, { recursive: true })
  const unfinished = `${directory}.${process.pid}.tmp`
  try {
    await touched(name, unfinished, 0)
    renameSync(unfinished, directory)
  } finally {
    rmSync(unfinished, { recursive: true, force: true })
  }
  return directory
}

async function touched(name: string, checkpoint: string, rounds: number): Promise<Costs> {
  const file = fileURLToPath(new URL('./touched-process.ts', import.meta.url))
  return (await measuredProcess(file, [name, checkpoint, String(rounds)])) as Costs
}
