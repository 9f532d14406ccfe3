import { copyFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('../..', import.meta.url))

export interface BundledCommand {
  /** To be run by Node with the arguments of `sluice`. */
  readonly command: string
  readonly application: string
}

/**
 * The command `sluice` and an application, bundled together so that a process starts in a fraction of the time: a test
 * that starts a hundred of them spends its time in batches, not in compiling.
 */
export async function bundleCommand(directory: string, application: string): Promise<BundledCommand> {
  const entry = join(directory, 'sluice.ts')
  const main = JSON.stringify(join(root, 'src/cli/main.ts'))
  writeFileSync(entry, `import { main } from ${main}\nprocess.exitCode = await main(process.argv.slice(2))\n`)
  copyFileSync(join(root, 'package.json'), join(directory, 'package.json'))
  await build({
    entryPoints: { sluice: entry, application: join(root, application) },
    outdir: join(directory, 'dist/cli'),
    outExtension: { '.js': '.mjs' },
    absWorkingDir: root,
    tsconfig: join(root, 'tsconfig.json'),
    bundle: true,
    // One copy of Sluice for both.
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    logLevel: 'error',
  })
  return { command: join(directory, 'dist/cli/sluice.mjs'), application: join(directory, 'dist/cli/application.mjs') }
}
