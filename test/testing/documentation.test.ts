import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { compilerErrors } from '../examples/compile-folder.ts'

/* The examples of these pages are test files of their own, and that of the README is a program: they run here, as a reader would run them. */

/** How many examples each page has. */
const PAGES = { 'docs/testing.md': 4, 'docs/upgrades.md': 3 }

mkdirSync('.sluice', { recursive: true })
const folder = resolve(mkdtempSync(join('.sluice', 'testing-page-')))
// Not `after`: the first example's tests may have ended before the next one is loaded.
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))

const blocks = Object.keys(PAGES).flatMap(codeOf)
const programs = codeOf('README.md').filter((code) => code.includes("from 'sluice/testing'"))
for (const [i, code] of [...blocks, ...programs].entries()) {
  const path = join(folder, `example-${i + 1}.ts`)
  writeFileSync(path, code)
  await import(pathToFileURL(path).href)
}

function codeOf(page: string): string[] {
  return [...readFileSync(page, 'utf8').matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = '']) => code)
}

test('the examples pass the compiler', async () => {
  assert.equal(programs.length, 1)
  assert.deepEqual(await compilerErrors(folder), [])
})

test('every example of these pages is a complete test file', () => {
  for (const [page, count] of Object.entries(PAGES)) assert.equal(codeOf(page).length, count, page)
  for (const code of blocks) assert.match(code, /^import [\s\S]*\ntest\(/)
})
