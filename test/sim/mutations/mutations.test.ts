import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { runSeeds } from '../run-seeds.ts'
import { SCALING } from '../scaling.ts'
import { edited } from './editing.ts'
import { MUTATIONS } from './mutations.ts'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))

/** Why the edits cannot be made, one after the other. */
function misfits(edits: Parameters<typeof edited>[1][]): string[] {
  const texts = new Map<string, string>()
  return edits.flatMap((edit) => {
    const text = texts.get(edit.file) ?? readFileSync(join(ROOT, edit.file), 'utf8')
    try {
      texts.set(edit.file, edited(text, edit))
      return []
    } catch (error) {
      return [String(error)]
    }
  })
}

test('each edit that takes a rule out, or makes a threshold small, fits its source exactly once', () => {
  const wrong = MUTATIONS.flatMap(({ rule, edits }) => misfits([...SCALING, ...edits]).map((why) => `${rule}: ${why}`))
  assert.deepEqual(wrong, [])
})

const PROTOCOL = readFileSync(join(ROOT, 'src/checkpoint/PROTOCOL.md'), 'utf8')

/** The text of each invariant, its tables apart from the rest. */
function invariants(): { readonly name: string; readonly prose: string }[] {
  const [, text = ''] = /\n## Invariants\n(.*?)\n## /s.exec(PROTOCOL) ?? []
  return text
    .split(/^\*\*(?=P\d+\.)/m)
    .slice(1)
    .map((part) => ({ name: part.slice(0, part.indexOf('.')), prose: part.replace(/^\|.*\n/gm, '') }))
}

test('each invariant of the protocol says what breaks without it', () => {
  const names = invariants().map(({ name }) => name)
  assert.deepEqual(
    names,
    Array.from({ length: 20 }, (_, i) => `P${i + 1}`),
  )
  for (const { name, prose } of invariants()) assert.match(prose, /\b([Ww]ithout (it|that)|else)\b/, name)
})

test('each rule that can be taken out has a row that says what breaks without it, or stands in an invariant that does', () => {
  const told = new Set([...PROTOCOL.matchAll(/^\| `([a-z-]+)` *\| [^|]{20,}/gm)].map(([, rule]) => rule))
  const isNamed = (rule: string) => invariants().some(({ prose }) => prose.includes(`\`${rule}\``))
  const unnamed = MUTATIONS.filter(({ rule }) => !told.has(rule) && !isNamed(rule)).map(({ rule }) => rule)
  assert.deepEqual(unnamed, [])
})

test('no two rules have one name', () => {
  const names = MUTATIONS.map(({ rule }) => rule)
  assert.equal(new Set(names).size, names.length)
  assert.ok(names.length >= 35)
})

/** Of each kind a few that are noticed soon; all of them: `npm run sim -- --mutations --seeds 2000`. */
const SAMPLE = [
  'commit-checks-version',
  'retry-checks-token',
  'stage-acked',
  'publish-after-commit',
  'success-last',
  'plan-kept',
  'changelogs-in-order',
  'gc-spares-base',
]
const SEEDS = 100

for (const rule of SAMPLE) {
  test(`without ${rule}, the simulator finds a violation`, async () => {
    const edits = MUTATIONS.find((mutation) => mutation.rule === rule)?.edits
    assert.ok(edits !== undefined)
    const { found } = await runSeeds({ from: 1, seeds: SEEDS }, { edits })
    assert.ok(found !== undefined, `none in seeds 1 to ${SEEDS}`)
  })
}
