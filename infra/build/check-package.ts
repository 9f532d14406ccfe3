/**
 * `npm run check:package`, after `npm run build`: packs the package and judges the very file that would be published: publint, attw, and
 * a project of a user's that type-checks against it and runs its command.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { useAsUser } from './use-as-user.ts'

function run(command: string, args: readonly string[]): void {
  execFileSync(command, args, { stdio: 'inherit' })
}

function pack(folder: string): string {
  mkdirSync(folder)
  run('npm', ['pack', '--silent', '--pack-destination', folder])
  const [name] = readdirSync(folder)
  if (name === undefined) throw new Error(`npm pack made no file in ${folder}`)
  return join(folder, name)
}

const folder = mkdtempSync(join(tmpdir(), 'sluice-package-'))
try {
  const archive = pack(join(folder, 'packed'))
  run('node_modules/.bin/publint', ['--strict', archive])
  run('node_modules/.bin/attw', ['--profile', 'esm-only', archive])
  useAsUser(archive, join(folder, 'project'))
} finally {
  rmSync(folder, { recursive: true, force: true })
}
