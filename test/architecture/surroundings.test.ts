import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Ambient, ambientUses, owners } from './ambient.ts'
import { parseSource, sourceFiles } from './source-file.ts'

const uses = sourceFiles('src').flatMap((file) => ambientUses(file).map((use) => ({ ...use, path: file.path })))

for (const kind of Object.keys(owners) as Ambient[]) {
  const found = uses.filter((use) => use.kind === kind)

  test(`${kind}: read only by the files that own it`, () => {
    const strangers = found.filter(({ path }) => !Object.hasOwn(owners[kind], path))
    assert.deepEqual(
      strangers.map(({ path, line, text }) => `${path}:${line} uses ${text}`),
      [],
    )
  })

  test(`${kind}: who owns it reads it`, () => {
    const idle = Object.keys(owners[kind]).filter((owner) => !found.some(({ path }) => path === owner))
    assert.deepEqual(idle, [], 'strike these off the list of owners')
  })
}

test('uses are seen in code and not in comments, strings, or methods that are called the same', () => {
  const text = `// Date.now()
    const a = Date.now; new Date(5); new Date(); 'Math.random()'; clock.now(); globalThis.crypto.randomUUID()
    import { randomUUID } from 'node:crypto'; console.log(process.env.HOME)`
  const seen = ambientUses(parseSource('src/x.ts', text)).map((use) => use.text)
  assert.deepEqual(
    seen.sort(),
    ['Date.now', 'console.log', 'crypto.randomUUID', 'new Date()', 'process.env', 'randomUUID'].sort(),
  )
})
