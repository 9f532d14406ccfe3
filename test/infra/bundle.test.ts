import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { bundle } from '../../infra/package/bundle.ts'
import { findFunctions, type PackagedFunction } from '../../infra/package/functions.ts'
import { initialisationMs } from '../../infra/package/initialisation.ts'
import { ROOT } from './packaged-template.ts'

function functionOf(code: string): PackagedFunction {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-bundle-'))
  mkdirSync(join(folder, 'functions/thing'), { recursive: true })
  writeFileSync(join(folder, 'functions/thing/batch.ts'), code)
  const [found] = findFunctions(join(folder, 'functions'), join(folder, 'out'))
  assert.ok(found)
  return found
}

test('every batch.ts and http.ts in a folder of its own is a function, and nothing else is', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-functions-'))
  for (const file of ['b/http.ts', 'b/batch.ts', 'a/batch.ts', 'demo/main.ts']) {
    mkdirSync(join(folder, file, '..'), { recursive: true })
    writeFileSync(join(folder, file), '')
  }
  assert.deepEqual(
    findFunctions(folder, 'out').map(({ name }) => name),
    ['a-batch', 'b-batch', 'b-http'],
  )
  assert.deepEqual(findFunctions(join(folder, 'missing'), 'out'), [])
})

test('a bundle is one module with its source map, without the sources, and loads by itself', async () => {
  const fn = functionOf("import { basename } from 'node:path'\nexport const handler = async () => basename('/a/b')\n")
  const { sizeBytes } = await bundle(fn, ROOT)
  assert.deepEqual(readdirSync(fn.folder).sort(), ['index.mjs', 'index.mjs.map'])
  const map = JSON.parse(readFileSync(join(fn.folder, 'index.mjs.map'), 'utf8')) as { sourcesContent?: unknown }
  assert.equal(map.sourcesContent, undefined)
  assert.ok(sizeBytes < 500, `${sizeBytes} bytes`)
  assert.ok((await initialisationMs(fn, {})) > 0)
})

test('what nobody uses is not in the bundle', async () => {
  const fn = functionOf("import { used } from './parts.ts'\nexport const handler = async () => used()\n")
  const parts = "export const used = () => 'wanted'\nexport const unused = () => 'never asked for'\n"
  writeFileSync(join(fn.entry, '../parts.ts'), parts)
  await bundle(fn, ROOT)
  const code = readFileSync(join(fn.folder, 'index.mjs'), 'utf8')
  assert.match(code, /wanted/)
  assert.doesNotMatch(code, /never asked for/)
})

test('a function that does not load is told by name', async () => {
  const fn = functionOf("throw new Error('no settings')\nexport const handler = () => 1\n")
  await bundle(fn, ROOT)
  await assert.rejects(initialisationMs(fn, {}), /does not load: thing-batch/)
  const other = functionOf('export const handle = () => 1\n')
  await bundle(other, ROOT)
  await assert.rejects(initialisationMs(other, {}), /does not load: thing-batch/)
})
