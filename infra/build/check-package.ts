/**
 * `npm run check:package`, after `npm run build`: packs the package and lets publint and attw judge the very file that would be published.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

function run(command: string, args: readonly string[]): void {
  execFileSync(command, args, { stdio: 'inherit' })
}

const folder = mkdtempSync(join(tmpdir(), 'sluice-package-'))
try {
  run('npm', ['pack', '--silent', '--pack-destination', folder])
  const [name] = readdirSync(folder)
  if (name === undefined) throw new Error(`npm pack made no file in ${folder}`)
  const archive = join(folder, name)
  run('node_modules/.bin/publint', ['--strict', archive])
  run('node_modules/.bin/attw', ['--profile', 'esm-only', archive])
} finally {
  rmSync(folder, { recursive: true, force: true })
}
