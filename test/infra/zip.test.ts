import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { zip } from '../../infra/package/zip.ts'
import { unzip } from './unzip.ts'

const entries = [
  { name: 'index.mjs', bytes: new TextEncoder().encode('export const handler = () => 1\n'.repeat(5_000)) },
  { name: 'ümlaut/empty', bytes: new Uint8Array() },
]

/** Programs that unpack an archive, and were written by others. */
const READERS: readonly (readonly [command: string, ...args: string[]])[] = [
  ['unzip', '-q', 'a.zip', '-d', 'out'],
  ['python3', '-m', 'zipfile', '-e', 'a.zip', 'out'],
]

for (const [command, ...args] of READERS) {
  test(`an archive unpacks to the same bytes with ${command}`, { skip: skipWithout(command) }, () => {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-zip-'))
    writeFileSync(join(folder, 'a.zip'), zip(entries))
    execFileSync(command, args, { cwd: folder, env: { ...process.env, LC_ALL: 'C.UTF-8' } })
    for (const { name, bytes } of entries)
      assert.deepEqual(new Uint8Array(readFileSync(join(folder, 'out', name))), bytes)
  })
}

test('an archive unpacks to the same bytes by its directory', () => {
  const files = unzip(zip(entries))
  assert.deepEqual(
    [...files.keys()],
    entries.map(({ name }) => name),
  )
  for (const { name, bytes } of entries) assert.deepEqual(new Uint8Array(files.get(name) ?? []), bytes)
})

test('the same files make the same archive at any time', () => {
  assert.deepEqual(zip(entries), zip(entries.map((entry) => ({ ...entry }))))
})

test('other contents make another archive', () => {
  assert.notDeepEqual(zip(entries), zip(entries.slice(1)))
})

function skipWithout(command: string): string | false {
  try {
    execFileSync(command, ['--help'], { stdio: 'ignore' })
    return false
  } catch {
    return `${command} is not there`
  }
}
