import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url))

function sim(...args: readonly string[]) {
  return spawnSync(process.execPath, ['--import', 'tsx', MAIN, ...args], { encoding: 'utf8' })
}

test('npm run sim ends with what it ran, on a line of its own', () => {
  const { stdout, status } = sim('--seeds', '3', '--from', '7', '--json')
  const { seeds, batches, faults, crashSites, violations, seconds } = JSON.parse(stdout)
  assert.deepEqual([seeds, violations, status], [3, 0, 0])
  assert.ok(batches > 10 && Object.keys(faults).length > 3 && crashSites.total > 20 && seconds > 0)
})

test('without a rule, a violation is told with its seed and the command that repeats it, and the exit code is 1', () => {
  const { stdout, status } = sim('--seeds', '50', '--without', 'commit-checks-version')
  assert.equal(status, 1)
  const [, seed = ''] = /^repeat it: npm run sim -- --seeds 1 --from (\d+) /m.exec(stdout) ?? []
  assert.match(stdout, new RegExp(`^seed ${seed}, at \\d+ ms: [a-z-]+: `, 'm'))
  assert.equal(sim('--seeds', '1', '--from', seed, '--without', 'commit-checks-version', '--json').status, 1)
})

test('with --all-sites, a run in which processes died at some sites only says which are left, and the exit code is 1', () => {
  const { stderr, stdout, status } = sim('--seeds', '3', '--all-sites', '--json')
  const { crashSites, violations } = JSON.parse(stdout)
  assert.deepEqual([violations, status], [0, 1])
  assert.ok(stderr.includes(`no process died here: ${crashSites.missed.join(', ')}`))
})

test('with --minutes, seeds that were not begun in time are told, and crash sites are not judged', () => {
  const { stderr, stdout, status } = sim('--seeds', '120', '--from', '7', '--minutes', '0', '--all-sites', '--json')
  const { seeds, batches, violations, batchesPerCoreSecond } = JSON.parse(stdout)
  assert.deepEqual([seeds, batches, violations, batchesPerCoreSecond, status], [0, 0, 0, 0, 0])
  assert.match(stderr, /^the time was up before 120 of 120 seeds were begun: 7-126\n.*not judged.*$/ms)
  assert.equal(JSON.parse(sim('--seeds', '2', '--minutes', '600', '--json').stdout).seeds, 2)
  assert.equal(sim('--mutations', '--minutes', '1').status, 2)
})

test('the summary is the last line, whatever else there is to tell', () => {
  for (const [tells, ...args] of [
    [/^no process died here: /m, '--seeds', '2', '--all-sites'],
    [/^crash sites are not judged: /m, '--seeds', '2', '--all-sites', '--minutes', '0'],
    [/^repeat it: /m, '--seeds', '50', '--without', 'commit-checks-version'],
  ] as const) {
    const { stdout } = sim(...args)
    assert.match(stdout, tells)
    assert.ok('batchesPerCoreSecond' in JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? ''), stdout)
  }
})

test('numbers with which nothing would run, or that seeds cannot be counted up to, are refused with exit code 2', () => {
  for (const [refused, ...args] of [
    ['cores', '--seeds', '1', '--cores', '0'],
    ['cores', '--mutations', '--cores', '0'],
    ['cores', '--cores', '1025'],
    ['seeds', '--seeds', '0'],
    ['seeds', '--seeds=-1'],
    ['seeds', '--seeds', '1.5'],
    ['from', '--from=-1'],
    ['from', '--from', '9007199254740993'],
    ['from', '--from', '9007199254740990', '--seeds', '2'],
    ['minutes', '--minutes', '9007199254740993'],
  ] as const) {
    const { stdout, stderr, status } = sim(...args)
    assert.deepEqual([status, stdout], [2, ''], args.join(' '))
    assert.match(stderr, new RegExp(`^--${refused} takes a whole number from \\d+ to \\d+: `), args.join(' '))
  }
})

test('--list-rules names each rule first on its line; other names are refused with exit code 2', () => {
  const { stdout, status } = sim('--list-rules')
  assert.equal(status, 0)
  assert.match(stdout, /^plan-kept {2}\S/m)
  const refused = sim('--without', 'gravity')
  assert.deepEqual([refused.status, refused.stdout], [2, ''])
  assert.match(refused.stderr, /--list-rules/)
})
