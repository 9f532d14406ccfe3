import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'

/* The examples of docs/testing.md are test files of their own: they run here, as a reader would run them. */

mkdirSync('.sluice', { recursive: true })
const folder = resolve(mkdtempSync(join('.sluice', 'testing-page-')))
// Not `after`: the first example's tests may have ended before the next one is loaded.
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))

const blocks = [...readFileSync('docs/testing.md', 'utf8').matchAll(/```ts\n([\s\S]*?)```/g)].map(
  ([, code = '']) => code,
)
for (const [i, code] of blocks.entries()) {
  const path = join(folder, `example-${i + 1}.ts`)
  writeFileSync(path, code)
  await import(pathToFileURL(path).href)
}

test('the page on testing has three complete examples', () => {
  assert.equal(blocks.length, 3)
  for (const code of blocks) assert.match(code, /^import [\s\S]*\ntest\(/)
})
