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

export interface BundleOptions {
  /** Taken out of the product, or otherwise changed in it. */
  readonly edits?: readonly SourceEdit[] | undefined
  /** Whether traces of errors name sources, which makes each a little slower. */
  readonly sourceMap?: boolean
}

/**
 * Lends the file of a simulator to somebody, and deletes it. What decides by a real clock when to pause is told that no time
 * passes: a simulation has only its own.
 */
export async function withBundle<T>(
  { edits = [], sourceMap = false }: BundleOptions,
  use: (file: string) => Promise<T>,
): Promise<T> {
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
    return await use(outfile)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

/** The simulator with the sources as they are, or with edits in them. */
export function loadSimulator(options: BundleOptions = {}): Promise<Simulator> {
  return withBundle(options, async (file) => (await import(pathToFileURL(file).href)) as Simulator)
}
