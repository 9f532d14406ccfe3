import assert from 'node:assert/strict'
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { type Place, textPlace } from './place.ts'
import { jsonLines, sluice } from './sluice.ts'

const APP = 'functions/running-count.ts'

/** Four batches of a file each. */
async function fourBatches(t: TestContext): Promise<{ readonly place: Place; readonly at: readonly string[] }> {
  const place = textPlace(t)
  const { input, output, checkpoint } = place
  const at = ['--checkpoint', checkpoint, '--set', `in=${input}`, '--set', `out=${join(output, 'words')}`]
  const ended = await sluice(t, 'run', APP, ...at, '--set', 'maxFilesPerBatch=1', '--until-idle', '--start', '0')
  assert.equal(ended.code, 0, ended.stderr)
  return { place, at }
}

test('replay of a range ends with 0 when all bytes are the same, else with 1, and says which line is another one', async (t) => {
  const { at } = await fourBatches(t)
  const same = await sluice(t, 'replay', APP, ...at, '--from', '20000', '--until', '30000')
  assert.deepEqual([same.code, same.stderr], [0, ''], same.stdout)
  assert.match(
    same.stdout,
    /^batch 20000 ms replayed into file:.*: the same bytes\nbatch 30000 ms .*\n2 batches replayed, 0 with other bytes\n$/,
  )

  const other = await sluice(t, 'replay', APP, ...at, '--set', 'splitOn=,', '--batch', '10000')
  assert.equal(other.code, 1)
  assert.equal(other.stderr, '')
  assert.match(
    other.stdout,
    /: other bytes\nbatch 10000 ms, print: what it shows differs\nbatch 10000 ms, saveAsTextFiles: part-00000: \d+ bytes instead of \d+; line 1 is "\(.*\)" instead of "\(.*\)", /,
  )
  const [report] = jsonLines(await sluice(t, 'replay', APP, ...at, '--set', 'splitOn=,', '--batch', '10000', '--json'))
  assert.deepEqual([report?.batchTime, report?.equal], [10_000, false])
  assert.match(JSON.stringify(report?.outputs), /"first":\{"file":"part-00000","line":1,/)

  const kept = await sluice(t, 'replay', APP, ...at, '--batch', '10000', '--keep')
  assert.match(kept.stdout, /\/shadow\/kept\/[^/]+\/b0*10000/)

  const carried = jsonLines(await sluice(t, 'replay', APP, ...at, '--from', '0', '--carry-state', '--json'))
  assert.deepEqual(
    carried.map(({ batchTime, equal }) => [batchTime, equal]),
    [10_000, 20_000, 30_000, 40_000].map((time) => [time, true]),
  )
})

test('replay --publish puts back what was deleted, byte by byte, and refuses when the committed bytes are gone', async (t) => {
  const { place, at } = await fourBatches(t)
  const { output, checkpoint } = place
  const directory = join(output, 'words-20000')
  const files = () => readdirSync(directory).map((name) => [name, readFileSync(join(directory, name), 'utf8')])
  const before = files()
  rmSync(directory, { recursive: true })
  const ended = await sluice(t, 'replay', APP, ...at, '--publish', '--from', '10000', '--until', '20000')
  assert.deepEqual([ended.code, ended.stderr], [0, ''], ended.stdout)
  assert.match(ended.stdout, /Time: 10000 ms\n(.*\n)*batch 10000 ms, print: published again\n/)
  assert.match(ended.stdout, /\nbatch 10000 ms, saveAsTextFiles: .*words-10000: all there\n/)
  assert.match(ended.stdout, /words-20000: published again, \d+ files missing or changed before\n$/)
  assert.deepEqual(files(), before)

  rmSync(directory, { recursive: true })
  for (const file of readdirSync(checkpoint, { recursive: true, encoding: 'utf8' }))
    if (file.includes('b000000000000020000') && file.includes('part-')) rmSync(join(checkpoint, file))
  const refused = await sluice(t, 'replay', APP, ...at, '--publish', '--batch', '20000', '--json')
  assert.deepEqual([refused.code, refused.stdout], [1, ''])
  assert.match(refused.stderr, /batch 20000 ms committed are gone from the checkpoint/)
})

test('replay that is not told what, or told two things at once, ends with 2 and one line that says what to write', async (t) => {
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [[], /--batch <time>.*--from <time>/],
    [['--batch', 'noon'], /whole milliseconds.*not 'noon'/],
    [['--batch', '10000', '--from', '10000'], /keep one or the other/],
    [['--from', '20000', '--until', '10000'], /--from 10000 --until 20000/],
    [['--batch', '10000', '--publish', '--carry-state'], /leave out one or the other/],
    [['--batch', '10000', '--publish', '--keep'], /leave out one or the other/],
  ]
  for (const [args, says] of cases) {
    const { code, stdout, stderr } = await sluice(t, 'replay', APP, '--checkpoint', 'x', ...args)
    assert.deepEqual({ code, stdout, lines: stderr.split('\n').length - 1 }, { code: 2, stdout: '', lines: 1 }, stderr)
    assert.match(stderr, says)
  }
})
