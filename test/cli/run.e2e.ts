import assert from 'node:assert/strict'
import { cpSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { directoryTree, treeDifferences } from '../kill/directory-tree.ts'
import { batchDirectories, type Place, placed, runThere, textPlace } from './place.ts'
import { jsonLines, sluice, sluiceOnto, startSluice, until } from './sluice.ts'
import { countedByHand, countedInOutput, outputLines } from './word-folder.ts'

const WORD_COUNT = 'functions/word-count.ts'
const RUNNING_COUNT = 'functions/running-count.ts'

test('counts every word exactly; another run adds nothing; files dropped later are counted once', async (t) => {
  const place = textPlace(t)
  const first = await sluice(t, ...runThere(WORD_COUNT, place, '--until-idle', '--json'))
  assert.equal(first.code, 0, first.stderr)
  assert.deepEqual(countedInOutput(batchDirectories(place)), countedByHand(place.input))

  const before = directoryTree(place.output)
  const second = await sluice(t, ...runThere(WORD_COUNT, place, '--until-idle', '--json'))
  assert.equal(second.code, 0, second.stderr)
  assert.equal(second.stdout, '')
  assert.deepEqual(treeDifferences(directoryTree(place.output), before), [])

  writeFileSync(join(place.input, '0-an-earlier-name'), 'dropped later, counted  once\n\tat last')
  const third = await sluice(t, ...runThere(WORD_COUNT, place, '--until-idle', '--json'))
  assert.deepEqual(
    jsonLines(third).map(({ batchTime, records }) => ({ batchTime, records })),
    [{ batchTime: 20_000, records: 2 }],
  )
  assert.deepEqual(countedInOutput(batchDirectories(place)), countedByHand(place.input))
})

test('each line of --json tells one committed batch, and stdout holds nothing else', async (t) => {
  const place = textPlace(t)
  const ended = await sluice(t, ...runThere(WORD_COUNT, place, '--set', 'maxFilesPerBatch=1', '--until-idle', '--json'))
  const lines = jsonLines(ended)
  const keys = ['batchTime', 'records', 'outputs', 'schedulingDelayMs', 'processingDelayMs', 'totalDelayMs', 'attempt']
  for (const line of lines) assert.deepEqual(Object.keys(line), keys)
  assert.deepEqual(
    lines.map(({ batchTime, outputs, attempt }) => ({ batchTime, outputs, attempt })),
    [10_000, 20_000, 30_000, 40_000].map((batchTime) => ({
      batchTime,
      outputs: [join(place.output, `words-${batchTime}`)],
      attempt: 1,
    })),
  )
  assert.match(ended.stderr, /^Time: 10000 ms$/m, 'what print() shows goes to stderr')
})

test('without --json each committed batch is a line to read, below what the application prints', async (t) => {
  const place = textPlace(t)
  const { code, stdout, stderr } = await sluice(t, ...runThere(WORD_COUNT, place, '--until-idle'))
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
  assert.match(stdout, /^Time: 10000 ms$/m)
  assert.match(stdout, /^batch 10000 ms committed, \d+ records in \d+ ms: .*words-10000$/m)
  assert.match(stdout, /^1 batch committed, no source has more$/m)
})

test('two runs with the same --start write the same bytes under the same names', async (t) => {
  const place = textPlace(t)
  const again = { ...place, output: `${place.output}-again`, checkpoint: `${place.checkpoint}-again` }
  for (const at of [place, again]) {
    const args = runThere(RUNNING_COUNT, at, '--set', 'maxFilesPerBatch=1', '--until-idle')
    assert.equal((await sluice(t, ...args)).code, 0)
  }
  assert.deepEqual(treeDifferences(directoryTree(again.output), directoryTree(place.output)), [])
  assert.equal(readdirSync(place.output).length, 4)
  assert.deepEqual(countedInOutput([join(place.output, 'words-40000')]), countedByHand(place.input))
})

test('two processes on one checkpoint at once write what one writes', async (t) => {
  const place = textPlace(t)
  const alone = { ...place, output: `${place.output}-alone`, checkpoint: `${place.checkpoint}-alone` }
  for (let i = 0; i < 12; i++) writeFileSync(join(place.input, `more-${i}`), `one two three ${i}\n`.repeat(100))
  const args = (at: Place) => runThere(RUNNING_COUNT, at, '--set', 'maxFilesPerBatch=1', '--until-idle', '--json')
  const both = await Promise.all([sluice(t, ...args(place)), sluice(t, ...args(place))])
  const one = await sluice(t, ...args(alone))
  assert.deepEqual(
    [...both, one].map(({ code }) => code),
    [0, 0, 0],
    both.map(({ stderr }) => stderr).join('\n'),
  )
  const times = both.flatMap((ended) => jsonLines(ended)).map(({ batchTime }) => Number(batchTime))
  assert.deepEqual(
    times.sort((a, b) => a - b),
    jsonLines(one).map(({ batchTime }) => batchTime),
  )
  assert.deepEqual(treeDifferences(directoryTree(place.output), directoryTree(alone.output)), [])
})

test('--batches N ends after N more committed batches, by the clock where nothing else is said', async (t) => {
  const place = textPlace(t)
  const first = await sluice(
    t,
    ...runThere(WORD_COUNT, place, '--set', 'maxFilesPerBatch=1', '--batches', '2', '--json'),
  )
  assert.equal(first.code, 0, first.stderr)
  const second = await sluice(
    t,
    ...runThere(WORD_COUNT, place, '--set', 'maxFilesPerBatch=1', '--batches', '3', '--json'),
  )
  const times = [...jsonLines(first), ...jsonLines(second)].map(({ batchTime }) => batchTime)
  // Batches whose time is long past are all due, empty ones too.
  assert.deepEqual(times, [10_000, 20_000, 30_000, 40_000, 50_000])
  assert.deepEqual(countedInOutput(batchDirectories(place)), countedByHand(place.input))
})

const TICKING = `
import { defineApp, milliseconds } from 'sluice'
export default defineApp({ name: 'ticking', batchInterval: milliseconds(200) }, (ssc, { in: directory, out }) => {
  ssc.textFileStream(String(directory), { newFilesOnly: false }).saveAsTextFiles(String(out))
})`

function tickingApp({ directory }: Place): string {
  const file = join(directory, 'ticking.ts')
  writeFileSync(file, TICKING)
  return file
}

test('by the clock: new files are taken up as they come; a termination ends it after the batch under way', async (t) => {
  const place = textPlace(t)
  const [app, start] = [tickingApp(place), String(Math.floor(Date.now() / 200) * 200)]
  const running = startSluice(t, ...placed(app, place), '--json', '--start', start)
  const wrote = (text: string) => batchDirectories(place).some((directory) => outputLines(directory).includes(text))
  await until(running, ({ stdout }) => stdout.includes('"batchTime"'))
  writeFileSync(join(place.input, 'later'), 'dropped while it runs\n')
  await until(running, () => wrote('dropped while it runs'))
  running.process.kill('SIGTERM')
  const ended = await running.ended
  assert.equal(ended.code, 0, ended.stderr)
  assert.match(ended.stderr, /stopping after the batch under way/)
  const times = jsonLines(ended).map(({ batchTime }) => Number(batchTime))
  assert.deepEqual(
    times,
    times.map((_, i) => Number(start) + 200 * (i + 1)),
    'every tick, in order',
  )
})

const SLOW = `
import { defineApp, seconds } from 'sluice'
export default defineApp({ name: 'slow', batchInterval: seconds(1) }, (ssc, { in: directory }) => {
  ssc.textFileStream(String(directory), { newFilesOnly: false, maxFilesPerBatch: 1 }).foreachRDD(async (rdd, time, output) => {
    await rdd.count()
    console.log('working')
    await new Promise((resolve) => {
      const timer = setTimeout(resolve, 600_000)
      output.signal.addEventListener('abort', () => { clearTimeout(timer); resolve(undefined) })
    })
    output.signal.throwIfAborted()
  })
})`

test('a second signal ends it at once; the batch keeps its plan for the next run', async (t) => {
  const place = textPlace(t)
  const app = join(place.directory, 'slow.ts')
  writeFileSync(app, SLOW)
  const running = startSluice(t, ...runThere(app, place, '--until-idle', '--json'))
  await until(running, ({ stderr }) => stderr.includes('working'))
  running.process.kill('SIGINT')
  await until(running, ({ stderr }) => stderr.includes('once more'))
  running.process.kill('SIGINT')
  const ended = await running.ended
  assert.equal(ended.code, 0, ended.stderr)
  assert.equal(ended.stdout, '', 'what the application writes to the console is no JSON line')
  assert.match(ended.stderr, /stopping at once; a batch under way keeps its plan/)

  writeFileSync(app, SLOW.replace('600_000', '1'))
  const next = await sluice(t, ...runThere(app, place, '--batches', '1', '--json'))
  assert.deepEqual(
    jsonLines(next).map(({ batchTime, attempt }) => ({ batchTime, attempt })),
    [{ batchTime: 1_000, attempt: 2 }],
    next.stderr,
  )
})

test('whoever reads only the first line of stdout ends the run in order', async (t) => {
  const place = textPlace(t)
  const [app, checkpoint] = [tickingApp(place), place.checkpoint]
  const running = startSluice(t, ...runThere(app, place, '--json'))
  await until(running, ({ stdout }) => stdout.includes('"batchTime"'))
  running.process.stdout?.destroy()
  const ended = await running.ended
  assert.deepEqual({ code: ended.code, signal: ended.signal }, { code: 0, signal: null }, ended.stderr)
  const listed = await sluice(t, 'batches', app, '--checkpoint', checkpoint, '--json', '--set', `in=${place.input}`)
  assert.ok(jsonLines(listed).length > 0, listed.stderr)
})

const FULL = { skip: !existsSync('/dev/full') && 'there is no /dev/full' }

test('where stdout cannot all be written, the exit code is 1 and stderr says why', FULL, async (t) => {
  const place = textPlace(t)
  const app = tickingApp(place)
  const set = ['--set', `in=${place.input}`]
  await sluice(t, ...runThere(app, place, '--until-idle'))
  for (const command of [['batches'], ['verify', '--json'], ['run', '--batches', '1']]) {
    const ended = sluiceOnto('/dev/full', [...command, app, '--checkpoint', place.checkpoint, ...set])
    assert.deepEqual(ended, { code: 1, stderr: ended.stderr })
    assert.match(ended.stderr, /^error: What was to go to stdout could not all be written: ENOSPC/)
  }
})

test('an application that lies elsewhere runs from there', async (t) => {
  const place = textPlace(t)
  const elsewhere = join(place.directory, 'elsewhere')
  mkdirSync(elsewhere)
  cpSync(tickingApp(place), join(elsewhere, 'app.ts'))
  const ended = await sluice(t, ...runThere(join(elsewhere, 'app.ts'), place, '--until-idle', '--json'))
  assert.equal(jsonLines(ended).length, 1, ended.stderr)
})
