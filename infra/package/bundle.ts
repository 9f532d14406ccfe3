import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import type { PackagedFunction } from './functions.ts'

export interface Bundle {
  readonly sizeBytes: number
  /** Bytes of the bundle by the package that they come from, largest first. */
  readonly packages: readonly (readonly [name: string, bytes: number])[]
}

/** Bundles one function, AWS SDK included: the one in Lambda's runtime is older, and changes on its own. */
export async function bundle({ entry, folder }: PackagedFunction, root: string): Promise<Bundle> {
  rmSync(folder, { recursive: true, force: true })
  const { metafile } = await build({
    entryPoints: [entry],
    outfile: join(folder, 'index.mjs'),
    absWorkingDir: root,
    tsconfig: join(root, 'tsconfig.json'),
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    // The SDK's CommonJS files, which esbuild takes first for Node, cannot be tree-shaken: they are a third larger.
    mainFields: ['module', 'main'],
    sourcemap: 'linked',
    // The sources themselves would double the archive; traces need only names and lines.
    sourcesContent: false,
    legalComments: 'none',
    metafile: true,
    logLevel: 'error',
  })
  const output = Object.entries(metafile.outputs).find(([file]) => file.endsWith('.mjs'))?.[1]
  if (!output) throw new Error(`esbuild made no bundle of ${entry}`)
  return { sizeBytes: output.bytes, packages: bytesByPackage(output.inputs) }
}

function bytesByPackage(inputs: Readonly<Record<string, { readonly bytesInOutput: number }>>): [string, number][] {
  const bytes = new Map<string, number>()
  for (const [file, { bytesInOutput }] of Object.entries(inputs)) {
    const name = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? 'sluice'
    bytes.set(name, (bytes.get(name) ?? 0) + bytesInOutput)
  }
  return [...bytes].sort((a, b) => b[1] - a[1])
}
