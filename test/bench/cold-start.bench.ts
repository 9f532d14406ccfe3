import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { initialisationMs } from '../../infra/package/initialisation.ts'
import { packageFunctions } from '../../infra/package/package-functions.ts'
import type { Benchmark } from './benchmark.ts'

const ENVIRONMENT = {
  SLUICE_CHECKPOINT: 's3://bucket/checkpoint',
  SLUICE_TABLE: 'heads',
  SLUICE_PARAMS: '{"in":"s3://bucket/in","out":"s3://bucket/out"}',
}

/** How long a fresh process takes to load a packaged batch function, beside one that does nothing. */
export const coldStart: Benchmark = {
  name: 'cold-start',
  async run({ say }) {
    say('packaging every function …')
    const { functions } = await packageFunctions({ root: process.cwd(), stage: 'bench', region: 'us-east-1' })
    const packaged = functions.find(({ name }) => /word.?count.*batch/i.test(name))
    if (!packaged)
      throw new Error(`No batch function of the word count: ${functions.map(({ name }) => name).join(', ')}`)
    const value = await initialisationMs(packaged, ENVIRONMENT)
    return [
      { metric: 'ms', value, unit: 'ms', reference: await emptyFunctionMs() },
      { metric: 'KiB', value: packaged.zipBytes / 1_024, unit: 'KiB' },
    ]
  },
}

async function emptyFunctionMs(): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-bench-'))
  try {
    writeFileSync(join(folder, 'index.mjs'), 'export async function handler() {}\n')
    return await initialisationMs({ name: 'empty', folder, entry: '', archive: '' }, {})
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
