import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readdirSync, renameSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { type Part, provide as provideSaying } from '../../../infra/localstack/host/part.ts'

const provide = (part: Part, home: string) => provideSaying(part, home, () => {})
const newHome = () => mkdtempSync(join(tmpdir(), 'sluice-part-'))

function part(pins: string, make?: (folder: string) => void): Part {
  return {
    name: 'thing',
    pins,
    async make(folder) {
      writeFileSync(join(folder, 'made'), pins)
      make?.(folder)
    },
  }
}

test('a part is made once for the same pins, and anew for others', async () => {
  const home = newHome()
  let made = 0
  const first = await provide(
    part('v1', () => made++),
    home,
  )
  assert.equal(
    await provide(
      part('v1', () => made++),
      home,
    ),
    first,
  )
  assert.notEqual(
    await provide(
      part('v2', () => made++),
      home,
    ),
    first,
  )
  assert.equal(made, 2)
})

test('a part whose making fails leaves nothing behind, and is made by the next run', async () => {
  const home = newHome()
  const failing = part('v1', () => {
    throw new Error('no network')
  })
  await assert.rejects(provide(failing, home), /no network/)
  assert.deepEqual(readdirSync(home), [])
  assert.ok(existsSync(join(await provide(part('v1'), home), 'made')))
})

test('whoever finds the part made by another meanwhile takes that one', async () => {
  const home = newHome()
  const theirs = part('v1')
  let folder = ''
  const ours: Part = {
    ...theirs,
    async make(own) {
      await theirs.make(own)
      const winner = mkdtempSync(join(home, 'other-'))
      folder = await provideAs(theirs, home, winner)
    },
  }
  assert.equal(await provide(ours, home), folder)
  assert.equal(readdirSync(home).filter((name) => name.startsWith('thing-')).length, 1)
})

/** What another process does: its unfinished folder has another name. */
async function provideAs(made: Part, home: string, unfinished: string): Promise<string> {
  await made.make(unfinished)
  const name = readdirSync(home).find((entry) => entry.startsWith('thing-')) ?? ''
  const folder = join(home, name.replace(/\.\d+$/, ''))
  renameSync(unfinished, folder)
  return folder
}
