import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { MUTATIONS } from '../sim/mutations/mutations.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const page = readFileSync(`${root}docs/guarantees.md`, 'utf8')
const commands = [...page.matchAll(/`(npm (?:test|run) [^`]+)`/g)].map(([, command]) => command ?? '')

test('every guarantee names a command, and every command what is there', () => {
  const rows = page.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| guarantee'))
  assert.ok(rows.length > 10)
  for (const row of rows) assert.match(row, /`npm (test|run) /, row)
  const { scripts } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'))
  for (const command of commands) {
    const [, kind, name = '', ...rest] = command.split(' ')
    if (kind === 'run') assert.ok(name in scripts, command)
    const paths = [name, ...rest].filter((word) => word.startsWith('test/'))
    for (const path of paths) assert.ok(existsSync(`${root}${path}`), `${path} in ${command}`)
    if (kind === 'test' && !command.includes('PATH')) assert.ok(paths.length > 0, command)
  }
})

test('the rule that is left out is one that the simulator knows', () => {
  const left = commands.flatMap((command) => /--without (\S+)/.exec(command)?.[1] ?? [])
  assert.equal(left.length, 1)
  for (const rule of left)
    assert.ok(
      MUTATIONS.some((mutation) => mutation.rule === rule),
      rule,
    )
})

test('links of the page lead somewhere', () => {
  for (const [, target = ''] of page.matchAll(/\]\(([^)#]+)[^)]*\)/g)) {
    assert.ok(existsSync(fileURLToPath(new URL(target, `file://${root}docs/`))), target)
  }
})
