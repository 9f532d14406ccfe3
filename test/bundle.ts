import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type BuildOptions, build } from 'esbuild'

/** Of the repository. */
export const ROOT = fileURLToPath(new URL('..', import.meta.url))

/** Goes in front of a bundle for packages in it that are CommonJS: they call `require`, which a module does not have. */
export const WITH_REQUIRE = {
  js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
}

/** Bundles sources of the repository for Node: what is started or loaded often is to start fast. */
export async function bundle(options: BuildOptions): Promise<void> {
  await build({
    absWorkingDir: ROOT,
    tsconfig: join(ROOT, 'tsconfig.json'),
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    logLevel: 'error',
    ...options,
  })
}
