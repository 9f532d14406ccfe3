import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { textPlace } from './place.ts'
import { jsonLines, sluice } from './sluice.ts'

const library = pathToFileURL(fileURLToPath(new URL('../../src/index.ts', import.meta.url))).href

/** An application that counts words by state, with what its versions differ in. */
function source(options: string, counts: string): string {
  return `import { defineApp, seconds } from ${JSON.stringify(library)}
const add = (a, b) => a + b
export default defineApp({ name: 'counts', batchInterval: seconds(10)${options} }, (ssc, { in: dir, out }) => {
  const words = ssc.textFileStream(dir, { newFilesOnly: false, maxFilesPerBatch: 1 }).flatMap((line) => line.split(/\\s+/))
  ${counts}
})
`
}

const OLD = source(
  '',
  `words.map((word) => [word, 1]).updateStateByKey((ones, n = 0) => ones.reduce(add, n), 2).uid('counts')
    .transform((rdd) => rdd.sortByKey(true, 1)).saveAsTextFiles(out, undefined, { name: 'files' })`,
)
const MOVED = OLD.replace("uid('counts')", "uid('totals')")
/** Renamed, re-sharded and migrated; \`more\` goes with what is counted. */
const upgraded = (migrate: string, more = '') =>
  source(
    `, upgrade: { rename: { counts: 'totals' } }`,
    `words.map((word) => [word${more}, 1])
    .updateStateByKey((ones, s) => ({ n: ones.reduce(add, s?.n ?? 0) }), { numPartitions: 3, stateVersion: 2, migrate: ${migrate} })
    .uid('totals').mapValues(({ n }) => n)
    .transform((rdd) => rdd.sortByKey(true, 1)).saveAsTextFiles(out, undefined, { name: 'files' })`,
  )

test('upgrades are foreseen, refused, compared and carried out', async (t) => {
  const { directory, input, output, checkpoint } = textPlace(t)
  const versions = join(directory, 'versions')
  mkdirSync(versions)
  const app = (name: string, text: string): string => {
    const file = join(versions, `${name}.ts`)
    writeFileSync(file, text)
    return file
  }
  const at = ['--checkpoint', checkpoint, '--set', `in=${input}`, '--set', `out=${join(output, 'words')}`]
  const old = app('old', OLD)
  const first = await sluice(t, 'run', old, ...at, '--batches', '2', '--start', '0')
  assert.equal(first.code, 0, first.stderr)
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' }).sort()

  await t.test('the same code goes on', async () => {
    const { code, stdout } = await sluice(t, 'upgrade', old, ...at, '--dry-run')
    assert.deepEqual(
      [code, stdout.split('\n')],
      [
        0,
        [
          'kept operator counts (updateStateByKey)',
          'kept input textFileStream (file)',
          'kept output files',
          'the application goes on after batch 20000 ms',
          '',
        ],
      ],
    )
  })

  await t.test('another uid would be refused, and is', async () => {
    const moved = app('moved', MOVED)
    const dry = await sluice(t, 'upgrade', moved, ...at, '--dry-run')
    assert.equal(dry.code, 1)
    assert.match(
      dry.stdout,
      /^new operator totals .*\n(.*\n)*REFUSED operator counts .* because 'counts' .*\.uid\('counts'\)/,
    )
    assert.match(dry.stdout, /the application would not run\n$/)
    const run = await sluice(t, 'run', moved, ...at, '--until-idle')
    assert.equal(run.code, 1)
    assert.match(
      run.stderr,
      /does not fit its checkpoint any more(.|\n)*upgrade: \{ rename: \{ 'counts': 'totals' \} \}/,
    )
  })

  await t.test('a migration that throws is found out without running', async () => {
    const broken = app('broken', upgraded("() => { throw new Error('not like this') }"))
    const { code, stdout } = await sluice(t, 'upgrade', broken, ...at, '--dry-run')
    assert.equal(code, 1)
    assert.match(stdout, /REFUSED because its first batch would fail: updateStateByKey .* key .*not like this/)
  })

  await t.test('what becomes of each part is told, for people and for programs', async () => {
    const better = app('better', upgraded('(n) => ({ n })'))
    const { code, stdout } = await sluice(t, 'upgrade', better, ...at, '--dry-run')
    assert.equal(code, 0, stdout)
    assert.match(
      stdout,
      /^kept operator totals \(updateStateByKey\): renamed from counts, migrated from 1 to 2, re-sharded 2 to 3\n/,
    )
    const [operator, ...rest] = jsonLines(await sluice(t, 'upgrade', better, ...at, '--dry-run', '--json'))
    assert.deepEqual(operator, {
      part: 'operator',
      uid: 'totals',
      kind: 'updateStateByKey',
      fate: 'kept',
      renamedFrom: 'counts',
      migrated: { from: 1, to: 2 },
      resharded: { from: 2, to: 3 },
    })
    assert.deepEqual(rest.at(-1), { fits: true, batchTime: 20_000, failures: [] })
  })

  await t.test('the last batches are compared with what was published, on the new code’s own state', async () => {
    const better = await sluice(t, 'upgrade', app('better', upgraded('(n) => ({ n })')), ...at, '--compare')
    assert.equal(better.code, 0, better.stderr + better.stdout)
    assert.match(better.stdout, /batch 10000 ms .* the same bytes\nbatch 20000 ms .* the same bytes\n/)
    const shouting = app('shouting', upgraded('(n) => ({ n })', ".replace('the', 'THE')"))
    const other = await sluice(t, 'upgrade', shouting, ...at, '--compare', '1')
    assert.equal(other.code, 1)
    assert.equal(other.stderr, '')
    assert.match(other.stdout, /files: part-00000: .* line \d+ is "\(.*,\d+\)" instead of "\(.*,\d+\)"/)
  })

  await t.test('nothing but shadows has been written', () => {
    const written = readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter(
      (file) => !files.includes(file) && !/^versions|\/shadow/.test(file),
    )
    assert.deepEqual(written, [])
  })

  await t.test('then it runs, and what it says next is that all is kept', async () => {
    const better = app('better', upgraded('(n) => ({ n })'))
    assert.equal((await sluice(t, 'run', better, ...at, '--until-idle')).code, 0)
    const { code, stdout } = await sluice(t, 'upgrade', better, ...at, '--dry-run')
    assert.deepEqual([code, stdout.split('\n')[0]], [0, 'kept operator totals (updateStateByKey)'])
  })

  await t.test('wrong usage ends with code 2 and says what to write', async () => {
    for (const [args, message] of [
      [[], /Say --dry-run or --compare/],
      [['--compare', 'all'], /--compare 10/],
    ] as const) {
      const { code, stderr } = await sluice(t, 'upgrade', old, ...at, ...args)
      assert.equal(code, 2, stderr)
      assert.match(stderr, message)
    }
  })
})
