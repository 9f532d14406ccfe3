import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'

/**
 * What the compiler says of the programs in a folder below the repository, with the repository's settings. Errors of the
 * sources that they import are told by `npm run check`.
 */
export async function compilerErrors(
  folder: string,
  compilerOptions: Readonly<Record<string, unknown>> = {},
): Promise<string[]> {
  const home = process.cwd()
  const settings = { extends: relative(folder, resolve('tsconfig.json')), compilerOptions, include: ['*.ts'] }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(settings))
  const compiler = resolve('node_modules/typescript/bin/tsc')
  const { error, stdout } = await new Promise<{ readonly error: unknown; readonly stdout: string }>((done) => {
    execFile(process.execPath, [compiler, '-p', folder], { cwd: home }, (error, stdout) => done({ error, stdout }))
  })
  assert.ok(error === null || stdout.includes('error TS'), `The compiler did not run: ${error}`)
  return stdout.split('\n').filter((line) => line.startsWith('.sluice'))
}
