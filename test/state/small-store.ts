import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { bundle, ROOT } from '../bundle.ts'
import { editing } from '../sim/mutations/editing.ts'
import { SCALING } from '../sim/scaling.ts'

/** The state store with the thresholds of the simulator: blocks of a few entries, and reads of a few blocks. */
export async function loadSmallStore(): Promise<typeof import('../../src/state/state-store.ts')> {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-state-'))
  try {
    const outfile = join(directory, 'state-store.mjs')
    const entryPoints = [join(ROOT, 'src/state/state-store.ts')]
    await bundle({ entryPoints, outfile, plugins: [editing(ROOT, SCALING)] })
    return await import(pathToFileURL(outfile).href)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}
