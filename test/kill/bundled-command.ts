import { copyFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bundle, ROOT, WITH_REQUIRE } from '../bundle.ts'

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
  const main = JSON.stringify(join(ROOT, 'src/cli/main.ts'))
  writeFileSync(entry, `import { main } from ${main}\nprocess.exitCode = await main(process.argv.slice(2))\n`)
  copyFileSync(join(ROOT, 'package.json'), join(directory, 'package.json'))
  await bundle({
    entryPoints: { sluice: entry, application: join(ROOT, application) },
    outdir: join(directory, 'dist/cli'),
    outExtension: { '.js': '.mjs' },
    // One copy of Sluice for both.
    splitting: true,
    banner: WITH_REQUIRE,
  })
  return { command: join(directory, 'dist/cli/sluice.mjs'), application: join(directory, 'dist/cli/application.mjs') }
}
