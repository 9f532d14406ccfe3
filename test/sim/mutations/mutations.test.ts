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

test('each rule that can be taken out is named, with what breaks without it, where the protocol or the state is described', () => {
  const pages = ['src/checkpoint/PROTOCOL.md', 'docs/state.md'].map((page) => readFileSync(join(ROOT, page), 'utf8'))
  const unnamed = MUTATIONS.filter(({ rule }) => !pages.some((text) => text.includes(`\`${rule}\``)))
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
