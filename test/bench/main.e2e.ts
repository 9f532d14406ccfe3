import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { benchmarks } from './benchmarks.ts'
import { peakMegabytes } from './memory.bench.ts'
import { median } from './rounds.ts'

const main = fileURLToPath(new URL('./main.ts', import.meta.url))

function bench(...args: readonly string[]) {
  return spawnSync(process.execPath, ['--import', 'tsx', main, ...args], { encoding: 'utf8' })
}

test('an unknown benchmark or option ends with code 2 and one line', () => {
  const known = benchmarks.map(({ name }) => name).join(', ')
  const unknown = bench('wordcount', 'nope')
  assert.deepEqual([unknown.status, unknown.stdout], [2, ''])
  assert.equal(unknown.stderr, `There is no benchmark nope; the known ones are ${known}\n`)
  const option = bench('--bogus')
  assert.equal(option.status, 2)
  assert.match(option.stderr, /^Unknown option '--bogus'.*--help shows how\)\n$/)
})

test('--help names every benchmark', () => {
  const { status, stdout } = bench('--help')
  assert.equal(status, 0)
  for (const { name } of benchmarks) assert.ok(stdout.includes(name))
})

test('the median of an even number is the mean of the two in the middle', () => {
  assert.equal(median([4, 1, 3]), 3)
  assert.equal(median([4, 1, 3, 2]), 2.5)
})

test('a process that fails leaves no figure, but an error', async () => {
  const nowhere = join(tmpdir(), 'sluice-no-words-here')
  await assert.rejects(peakMegabytes('loop', nowhere), /the measured process failed: loop .*ENOENT/s)
})
