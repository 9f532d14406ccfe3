import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { bundle, ROOT } from '../bundle.ts'
import { editing } from './mutations/editing.ts'
import type { SourceEdit } from './mutations/source-edit.ts'
import { SCALING } from './scaling.ts'

/** The simulator, with the product in it, as one module. */
export type Simulator = typeof import('./simulate.ts')

/**
 * Bundles the simulator with the sources as they are, or with edits in them, and loads it. What decides by a real clock when
 * to pause is told that no time passes: a simulation has only its own. Traces of errors name sources with a `sourceMap`, which
 * makes each a little slower.
 */
export async function loadSimulator(edits: readonly SourceEdit[] = [], sourceMap = false): Promise<Simulator> {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-sim-'))
  try {
    const outfile = join(directory, 'simulate.mjs')
    await bundle({
      entryPoints: [join(ROOT, 'test/sim/simulate.ts')],
      outfile,
      sourcemap: sourceMap && 'inline',
      define: { 'performance.now': 'noTimePasses' },
      banner: { js: 'const noTimePasses = () => 0;' },
      plugins: [editing(ROOT, [...SCALING, ...edits])],
    })
    return (await import(pathToFileURL(outfile).href)) as Simulator
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}
