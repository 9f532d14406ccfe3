import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { tempDirectory } from '../contracts/temp-directory.ts'
import { jsonLines, sluice } from './sluice.ts'

const APP = `
import { defineApp, seconds } from 'sluice'
export default defineApp({ name: 'operated', batchInterval: seconds(1) }, (ssc, { out }) => {
  const words = ssc.queueStream([['a', 'b'], ['a'], ['fails']]).map((word): [string, number] => {
    if (word === 'fails') throw new RangeError('not this word')
    return [word, 1]
  })
  const counts = words.updateStateByKey<number>((ones, n = 0) => ones.length + n, 1).uid('counts')
  counts.saveAsTextFiles(String(out))
})`

test('batches tells what became of each, and what is failing; inspect --state what a key was after a batch', async (t) => {
  const directory = tempDirectory(t)
  const at = [join(directory, 'app.ts'), '--checkpoint', join(directory, 'checkpoint'), '--set', `out=${directory}/out`]
  writeFileSync(join(directory, 'app.ts'), APP.replace("'sluice'", JSON.stringify(join(process.cwd(), 'src/index.ts'))))
  assert.equal((await sluice(t, 'run', ...at, '--until-idle', '--start', '0')).code, 1)

  const listed = await sluice(t, 'batches', ...at)
  assert.deepEqual([listed.code, listed.stderr], [0, ''])
  const [planned, second, first] = listed.stdout.split('\n')
  assert.match(planned ?? '', /^batch 3000 ms planned, failed 1 time: .*not this word/)
  assert.match(second ?? '', /^batch 2000 ms committed, 1 record .*out-2000 \[published, 12 bytes\]$/)
  assert.match(first ?? '', /^batch 1000 ms committed, 2 records .*out-1000 \[published, 12 bytes\]$/)
  assert.deepEqual(
    jsonLines(await sluice(t, 'batches', ...at, '--json')).map(({ batchTime, state, outputBytes }) => [
      batchTime,
      state,
      outputBytes,
    ]),
    [
      [3000, 'planned', undefined],
      [2000, 'published', 12],
      [1000, 'published', 12],
    ],
  )

  const inspect = (...args: readonly string[]) => sluice(t, 'inspect', ...at, ...args)
  const then = await inspect('--batch', '1000', '--state', 'counts', '--key', 'a')
  assert.equal(then.stdout, 'state counts after batch 1000 ms\n  "a" = 1 [partition 0]\n', then.stderr)
  const all = await inspect('--batch', '2000', '--state', 'counts', '--limit', '1')
  assert.equal(
    all.stdout,
    'state counts after batch 2000 ms: 2 keys in 1 partition\n  "a" = 2 [partition 0]\n  … and 1 more (--limit)\n',
  )
  const none = await inspect('--batch', '2000', '--state', 'counts', '--key', 'z')
  assert.deepEqual([none.code, none.stdout], [0, 'state counts after batch 2000 ms: no such key: z\n'])
  const unknown = await inspect('--batch', '2000', '--state', 'total')
  assert.equal(unknown.code, 1)
  assert.match(unknown.stderr, /there was that of counts.*: total\n$/)
  assert.equal((await inspect('--batch', '2000', '--key', 'a')).code, 2)
})
