import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, before, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const url = (path: string): string => JSON.stringify(pathToFileURL(resolve(path)))

const application = `
import { Time } from 'sluice'
import * as embedded from 'sluice/embedded'
import { z } from 'zod'
import { Time as fromLibrary } from 'library'
import { Time as fromNeighbour } from './neighbour.EXTENSION'
export const seen = { Time, fromLibrary, fromNeighbour, embedded, zod: z.origin }
`
const typed = `${application}\nexport interface Typed { readonly count: number }\nexport const one = { count: 1 } satisfies Typed\n`
const reexport = "export { Time } from 'sluice'\n"

/** Runs in a process of its own, as the command does: imports the application, then Sluice by its path, and compares. */
const probe = `
import { prepareImports } from ${url('src/cli/launch.js')}
prepareImports()
const { seen } = await import(process.argv[1])
const { Time } = await import(${url('src/index.ts')})
const embedded = await import(${url('src/embedded/index.ts')})
const same = [seen.Time, seen.fromLibrary, seen.fromNeighbour].every((other) => other === Time)
console.log(JSON.stringify({ same: same && seen.embedded === embedded, zod: seen.zod }))
`

let folder = ''

async function write(path: string, text: string): Promise<void> {
  await mkdir(join(folder, path, '..'), { recursive: true })
  await writeFile(join(folder, path), text)
}

async function writePackage(path: string, manifest: object, text: string): Promise<void> {
  await write(join(path, 'package.json'), JSON.stringify(manifest))
  await write(join(path, 'index.js'), text)
}

/** An application outside the repository, with modules of its own: a zod, and a library that uses Sluice. */
async function writeApplication(name: string, type: string | undefined): Promise<void> {
  if (type !== undefined) await write(`${name}/package.json`, JSON.stringify({ type }))
  for (const extension of ['ts', 'mts', 'js', 'mjs']) {
    const source = extension.endsWith('ts') ? typed : application
    await write(`${name}/app.${extension}`, source.replace('EXTENSION', extension))
    await write(`${name}/neighbour.${extension}`, reexport)
  }
  const modules = `${name}/node_modules`
  await writePackage(`${modules}/zod`, { name: 'zod' }, "exports.z = { origin: 'own' }\n")
  await writePackage(`${modules}/library`, { name: 'library', type: 'module', exports: './index.js' }, reexport)
  const other = { name: 'sluice', type: 'module', exports: { '.': './index.js', './embedded': './index.js' } }
  await writePackage(`${modules}/sluice`, other, 'export class Time {}\n')
}

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-one-copy-'))
})
after(() => rm(folder, { recursive: true, force: true }))

for (const type of ['module', 'commonjs', undefined]) {
  const name = type ?? 'untyped'

  test(`an application elsewhere, package type ${name}, shares the copy of Sluice that runs it`, async () => {
    await writeApplication(name, type)
    for (const extension of ['ts', 'mts', 'js', 'mjs']) {
      const app = String(pathToFileURL(join(folder, name, `app.${extension}`)))
      const { stdout } = await run(process.execPath, ['--input-type=module', '-e', probe, app], { cwd: folder })
      assert.deepEqual(JSON.parse(stdout), { same: true, zod: 'own' }, `app.${extension}`)
    }
  })
}

test('the command runs from any folder', async () => {
  const { stdout } = await run(process.execPath, [resolve('src/cli/sluice.js'), '--help'], { cwd: folder })
  assert.match(stdout, /Usage: sluice/)
})

test('an old Node is told so in one line', async () => {
  const old = `Object.defineProperty(process.versions, 'node', { value: '20.19.9' }); require(${JSON.stringify(resolve('src/cli/require-node.cjs'))})`
  await assert.rejects(
    run(process.execPath, ['-e', old]),
    (error: { readonly code?: unknown; readonly stderr?: unknown }) => {
      assert.equal(error.code, 1)
      assert.match(String(error.stderr), /^Sluice needs Node\.js 20\.20\.0 or later; .+\n$/)
      return true
    },
  )
})
