import assert from 'node:assert/strict'
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { batchDirectories, type Place, runThere, textPlace } from './place.ts'
import { type Ended, jsonLines, sluice } from './sluice.ts'
import { countedByHand, countedInOutput, outputLines } from './word-folder.ts'

const WORD_COUNT = 'functions/word-count.ts'
const RUNNING_COUNT = 'functions/running-count.ts'

/** It failed, said so in one line on stderr, and wrote nothing else there. */
function assertFailed({ code, stdout, stderr }: Ended, says: RegExp): void {
  assert.equal(code, 1, stderr)
  assert.match(stderr, says)
  const own = stderr.split('\n').filter((line) => /error|fail/i.test(line))
  assert.equal(own.length, 1, `a failure is told once: ${stderr}`)
  assert.equal(stdout, '')
}

function untilIdle(t: TestContext, app: string, place: Place): Promise<Ended> {
  return sluice(t, ...runThere(app, place, '--until-idle', '--json'))
}

async function assertGoesOn(t: TestContext, app: string, place: Place): Promise<readonly Record<string, unknown>[]> {
  const ended = await untilIdle(t, app, place)
  assert.equal(ended.code, 0, ended.stderr)
  return jsonLines(ended)
}

function appFile({ directory }: Place, text: string): string {
  const file = join(directory, 'app.ts')
  writeFileSync(file, text)
  return file
}

test('a missing directory is named; once it is there, the run goes on', async (t) => {
  const place = { ...textPlace(t) }
  const later = { ...place, input: join(place.directory, 'later') }
  assertFailed(await untilIdle(t, WORD_COUNT, later), /no directory for the file stream.*make it.*later/)
  mkdirSync(later.input)
  writeFileSync(join(later.input, 'a'), 'here now\n')
  await assertGoesOn(t, WORD_COUNT, later)
  assert.deepEqual(countedInOutput(batchDirectories(later)), { here: 1, now: 1 })
})

test('what cannot be read as an object is named before anything is read; without it, the run goes on', async (t) => {
  const place = textPlace(t)
  const link = join(place.input, 'dangling')
  symlinkSync(join(place.directory, 'nowhere'), link)
  assertFailed(await untilIdle(t, WORD_COUNT, place), /symbolic link that leads nowhere.*move it out.*dangling/)
  unlinkSync(link)
  await assertGoesOn(t, WORD_COUNT, place)
  assert.deepEqual(countedInOutput(batchDirectories(place)), countedByHand(place.input))
})

const isRoot = process.getuid?.() === 0

test('a file that may not be read keeps the plan; made readable, the same plan is run', {
  skip: isRoot && 'root may read every file',
}, async (t) => {
  const place = textPlace(t)
  const secret = join(place.input, 'secret')
  writeFileSync(secret, 'told at last\n', { mode: 0o000 })
  assertFailed(
    await untilIdle(t, WORD_COUNT, place),
    /Batch 10000 ms failed and keeps its plan: Permission denied.*secret/,
  )
  chmodSync(secret, 0o600)
  const [line] = await assertGoesOn(t, WORD_COUNT, place)
  assert.deepEqual({ batchTime: line?.batchTime, attempt: line?.attempt }, { batchTime: 10_000, attempt: 2 })
  assert.deepEqual(countedInOutput(batchDirectories(place)), countedByHand(place.input))
})

test('a compressed file that is none is named, with its batch', async (t) => {
  const place = textPlace(t)
  writeFileSync(join(place.input, 'broken.txt.gz'), 'no gzip\n')
  const says = /Batch 10000 ms failed and keeps its plan: .*cannot be decompressed.*broken\.txt\.gz/
  assertFailed(await untilIdle(t, WORD_COUNT, place), says)
})

test('a file that is gone or changed between plan and re-run is named; put back, the same plan is run', async (t) => {
  const place = textPlace(t)
  const counting = `
    import { defineApp, seconds } from 'sluice'
    export default defineApp({ name: 'flaky', batchInterval: seconds(1) }, (ssc, { in: directory, out }) => {
      const lines = ssc.textFileStream(String(directory), { newFilesOnly: false })
      lines.filter((line) => FAILS).saveAsTextFiles(String(out))
    })`
  const app = appFile(place, counting.replace('FAILS', "{ throw new Error('not yet') }"))
  assertFailed(await untilIdle(t, app, place), /not yet/)
  appFile(place, counting.replace('FAILS', 'line.length > 0'))

  const [file, aside] = [join(place.input, '0-LICENSE'), join(place.directory, 'aside')]
  renameSync(file, aside)
  assertFailed(await untilIdle(t, app, place), /Batch 1000 ms .*A file that this batch must read is gone.*0-LICENSE/)
  writeFileSync(file, 'other text\n')
  assertFailed(await untilIdle(t, app, place), /Batch 1000 ms .*A file changed after this batch was planned.*0-LICENSE/)
  renameSync(aside, file)

  writeFileSync(join(place.input, 'a-later-file'), 'not in the plan\n')
  const lines = await assertGoesOn(t, app, place)
  assert.deepEqual(
    lines.map(({ batchTime, attempt }) => ({ batchTime, attempt })),
    [
      { batchTime: 1_000, attempt: 4 },
      { batchTime: 2_000, attempt: 1 },
    ],
  )
  assert.ok(!outputLines(join(place.output, 'words-1000')).includes('not in the plan'), 'the plan was kept')
  assert.deepEqual(outputLines(join(place.output, 'words-2000')), ['not in the plan'])
})

test('a user function that throws: batch, operator and record are named; corrected, the same plan is run', async (t) => {
  const place = textPlace(t)
  writeFileSync(join(place.input, 'numbers'), '1\n2\nthree\n4\n')
  const parsing = `
import { defineApp, seconds } from 'sluice'
export default defineApp({ name: 'parsing', batchInterval: seconds(1) }, (ssc, { in: directory, out }) => {
  ssc.textFileStream(String(directory), { newFilesOnly: false, filter: (path) => path.endsWith('numbers') })
    .map((line) => PARSE)
    .saveAsTextFiles(String(out))
})`
  const app = appFile(place, parsing.replace('PARSE', 'JSON.parse(line)'))
  const says =
    /Batch 1000 ms failed and keeps its plan: map at app\.ts:5 failed in partition \d+ at line 3 of .*\/in\/numbers: .*JSON/
  assertFailed(await untilIdle(t, app, place), says)
  assert.deepEqual(readdirSync(place.directory).includes('out'), false, 'nothing of a failed batch is visible')

  appFile(place, parsing.replace('PARSE', 'Number(line)'))
  const lines = await assertGoesOn(t, app, place)
  assert.deepEqual(
    lines.map(({ batchTime, records, attempt }) => ({ batchTime, records, attempt })),
    [{ batchTime: 1_000, records: 4, attempt: 2 }],
  )
  assert.deepEqual(outputLines(join(place.output, 'words-1000')), ['1', '2', 'NaN', '4'])
})

test('a failed plan is tried at once by each new run, however often it has failed', async (t) => {
  const place = textPlace(t)
  const app = appFile(
    place,
    `
import { defineApp, seconds } from 'sluice'
export default defineApp({ name: 'failing', batchInterval: seconds(1) }, (ssc, { in: directory }) => {
  ssc.textFileStream(String(directory), { newFilesOnly: false }).foreachRDD(() => { throw new Error('always') })
})`,
  )
  for (let attempt = 1; attempt <= 5; attempt++) {
    assertFailed(await untilIdle(t, app, place), /Batch 1000 ms failed and keeps its plan: .*always/)
  }
})

test('a damaged head is named and nothing is changed; restored, the run goes on', async (t) => {
  const place = textPlace(t)
  await assertGoesOn(t, RUNNING_COUNT, place)
  const heads = join(place.checkpoint, 'running-count')
  const newest = join(
    heads,
    readdirSync(heads)
      .filter((name) => name.startsWith('head.'))
      .sort()
      .at(-1) ?? '',
  )
  const bytes = readFileSync(newest)
  for (const damaged of [bytes.subarray(0, bytes.length / 2), Buffer.alloc(0), Buffer.from('{}')]) {
    writeFileSync(newest, damaged)
    assertFailed(await untilIdle(t, RUNNING_COUNT, place), /The head of the application is damaged.*restore/)
    assert.deepEqual(readFileSync(newest), damaged)
  }
  writeFileSync(newest, bytes)
  assert.deepEqual(await assertGoesOn(t, RUNNING_COUNT, place), [])
})

test('damaged state is named and not counted on; restored, the run goes on', async (t) => {
  const place = textPlace(t)
  await assertGoesOn(t, RUNNING_COUNT, place)
  const state = filesBelow(place.checkpoint).filter((path) => /changelog|snapshot/.test(path))
  assert.ok(state.length > 0)
  const contents = state.map((path) => readFileSync(path))
  state.forEach((path, i) => {
    writeFileSync(path, Buffer.from(contents[i] ?? []).fill(0, 40, 44))
  })
  writeFileSync(join(place.input, 'more'), 'more words\n')
  assertFailed(await untilIdle(t, RUNNING_COUNT, place), /is not what was written.*restore it.*(changelog|snapshot)/)
  state.forEach((path, i) => {
    writeFileSync(path, contents[i] ?? '')
  })
  await assertGoesOn(t, RUNNING_COUNT, place)
  assert.deepEqual(countedInOutput([join(place.output, 'words-20000')]), countedByHand(place.input))
})

test('an output that cannot be written fails the batch; once it can, the same plan is run', async (t) => {
  const place = textPlace(t)
  writeFileSync(place.output, 'a file where a directory must be')
  assertFailed(
    await untilIdle(t, WORD_COUNT, place),
    /Batch 10000 ms .*A file is where a directory must be; move it away.*out/,
  )
  unlinkSync(place.output)
  await assertGoesOn(t, WORD_COUNT, place)
  assert.deepEqual(countedInOutput(batchDirectories(place)), countedByHand(place.input))
})

test('another run started without the checkpoint does not mix its output with what is there', async (t) => {
  const place = textPlace(t)
  await assertGoesOn(t, WORD_COUNT, place)
  writeFileSync(join(place.input, 'more'), 'more words\n')
  const astray = { ...place, checkpoint: join(place.directory, 'another') }
  assertFailed(await untilIdle(t, WORD_COUNT, astray), /output directory holds files that another run has written/)
})

const MODULES = [
  ['no output', `ssc.textFileStream('/tmp').count()`, /No output operations registered, so nothing to execute/],
  ['a syntax error', `ssc.textFileStream('/tmp').count(`, /module cannot be loaded: .*app\.ts:4:\d+/],
  ['a build that throws', `throw new Error('no such table')`, /no such table/],
] as const

for (const [what, build, says] of MODULES) {
  test(`an application with ${what} is refused`, async (t) => {
    const place = textPlace(t)
    const app = appFile(
      place,
      `import { defineApp, seconds } from 'sluice'
export default defineApp({ name: 'wrong', batchInterval: seconds(1) }, (ssc) => {
  ${build}
})
`,
    )
    assertFailed(await untilIdle(t, app, place), says)
  })
}

test('a module without an application is told what to export', async (t) => {
  const place = textPlace(t)
  assertFailed(
    await untilIdle(t, appFile(place, 'export const app = 1'), place),
    /must export an application by default/,
  )
  assertFailed(await untilIdle(t, appFile(place, "import 'not-there'"), place), /cannot be loaded: .*not-there/)
})

function filesBelow(directory: string): string[] {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
}
