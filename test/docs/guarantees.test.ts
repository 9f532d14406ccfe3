import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { MUTATIONS } from '../sim/mutations/mutations.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const PAGES = ['docs/guarantees.md', 'README.md'] as const
const text = (page: string) => readFileSync(`${root}${page}`, 'utf8')

/** What a page guarantees, and what shows it: the rows of the table that has these heads. */
function guarantees(page: string): readonly string[] {
  const [, rows = ''] = /^\| guarantee \|.*\n\|[-|]+\n((?:\|.*\n)+)/m.exec(text(page)) ?? []
  return rows.trimEnd().split('\n')
}

function commandsIn(markdown: string): readonly string[] {
  return [...markdown.matchAll(/`(npm (?:test|run) [^`]+)`/g)].map(([, command]) => command ?? '')
}

for (const page of PAGES) {
  test(`every guarantee of ${page} names a command, and every command of the page what is there`, () => {
    const rows = guarantees(page)
    assert.ok(rows.length > 10)
    for (const row of rows) assert.ok(commandsIn(row.slice(row.lastIndexOf(' | '))).length > 0, row)
    const { scripts } = JSON.parse(text('package.json'))
    for (const command of commandsIn(text(page))) {
      const [, kind, name = '', ...rest] = command.split(' ')
      if (kind === 'run') assert.ok(name in scripts, command)
      const paths = [name, ...rest].filter((word) => word.startsWith('test/'))
      for (const path of paths) assert.ok(existsSync(`${root}${path}`), `${path} in ${command}`)
      if (kind === 'test' && !command.includes('PATH')) assert.ok(paths.length > 0, command)
    }
  })

  test(`links of ${page} lead somewhere`, () => {
    for (const [, target = ''] of text(page).matchAll(/\]\(([^)#]+)[^)]*\)/g)) {
      assert.ok(existsSync(fileURLToPath(new URL(target, `file://${root}${page}`))), target)
    }
  })
}

test('what is promised of equal bytes, and of the model, is the same sentence on both pages', () => {
  const [ours, others] = PAGES.map(guarantees)
  const both = ours?.filter((row) => /test\/(kill|model)` \|$/.test(row)) ?? []
  assert.equal(both.length, 2)
  for (const row of both) assert.ok(others?.includes(row), row)
})

test('the rule that is left out is one that the simulator knows', () => {
  const left = commandsIn(text('docs/guarantees.md')).flatMap((command) => /--without (\S+)/.exec(command)?.[1] ?? [])
  assert.equal(left.length, 1)
  for (const rule of left)
    assert.ok(
      MUTATIONS.some((mutation) => mutation.rule === rule),
      rule,
    )
})
