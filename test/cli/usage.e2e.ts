import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { runThere, textPlace } from './place.ts'
import { sluice } from './sluice.ts'

const WORD_COUNT = 'functions/word-count.ts'

/** Wrong usage of `sluice run functions/word-count.ts …`, and what the one line about it says. */
const WRONG: readonly (readonly [readonly string[], RegExp])[] = [
  [['--bogus'], /unknown option '--bogus'.*--help/],
  [['another.ts'], /too many arguments.*--help/],
  [['--set', 'in'], /--set takes key=value, as in --set in=\.\/texts, not 'in'/],
  [['--set', 'in=twice'], /--set in=… is given twice/],
  [['--set', 'splitOm=,'], /no parameter splitOm; it takes in, out, splitOn, maxFilesPerBatch/],
  [['--set', 'maxFilesPerBatch=many'], /maxFilesPerBatch: .*expected number/],
  [['--start', '-1'], /whole milliseconds.*not '-1'/],
  [['--start', '1e3'], /whole milliseconds.*not '1e3'/],
  [['--start', 'now'], /whole milliseconds.*not 'now'/],
  [['--start', ''], /whole milliseconds.*not ''/],
  [['--start', '9007199254740991'], /whole milliseconds/],
  [['--start'], /argument missing.*--help/],
  [['--batches', '0'], /a whole number from 1.*not '0'/],
  [['--batches', '2', '--until-idle'], /exclude each other; keep one/],
  [['--checkpoint', ''], /--checkpoint takes a directory of this machine.*not ''/],
  [['--checkpoint', 's3://bucket/checkpoint'], /--checkpoint takes a directory of this machine.*not 's3:/],
  [['--checkpoint', 'file://elsewhere/checkpoint'], /--checkpoint takes a directory of this machine.*not 'file:/],
  [['--checkpoint', 'package.json'], /this is a file; choose another: package\.json/],
  [['--endpoint', 'localhost:4566'], /takes the URL of an emulator.*not 'localhost:4566'/],
]

test('wrong usage ends with code 2 and one line that says what to write instead', async (t) => {
  const place = textPlace(t)
  const cases = WRONG.values()
  const worker = async () => {
    for (const [args, says] of cases) {
      const { code, stdout, stderr } = await sluice(t, ...runThere(WORD_COUNT, place, ...args))
      const what = `${args.join(' ')}: ${stderr}`
      assert.deepEqual({ code, stdout, lines: stderr.split('\n').length - 1 }, { code: 2, stdout: '', lines: 1 }, what)
      assert.match(stderr, says, what)
    }
  }
  await Promise.all([worker(), worker()])
})

test('without a command, an application or its parameters, one line says what is missing', async (t) => {
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [[], /^Name a command, as in sluice run functions\/word-count\.ts .*--help/],
    [['walk'], /unknown command 'walk'.*sluice --help/],
    [['savepoint'], /^Name a command and what it is to do, as in sluice savepoint list .*--help/],
    [['dead-letters'], /what it is to do/],
    [['run'], /missing required argument 'app'/],
    [['run', 'no-such.ts'], /no file no-such\.ts; name the module/],
    [['run', WORD_COUNT], /word-count: in: .*; out: .*--set name=value/],
    [['replay', WORD_COUNT, '--checkpoint', 'x'], /--batch <time>/],
  ]
  for (const [args, says] of cases) {
    const { code, stdout, stderr } = await sluice(t, ...args)
    assert.deepEqual({ code, stdout, lines: stderr.split('\n').length - 1 }, { code: 2, stdout: '', lines: 1 }, stderr)
    assert.match(stderr, says)
  }
})

test('--help of each command ends well and holds an example', async (t) => {
  const commands = [[], ['run'], ['batches'], ['replay'], ['savepoint'], ['savepoint', 'list'], ['dead-letters']]
  for (const command of commands) {
    const { code, stdout, stderr } = await sluice(t, ...command, '--help')
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
    const words = command.length === 0 ? 'run' : command.join(' ')
    assert.match(stdout, new RegExp(`Examples?:\\n  sluice ${words}( [a-z]+)? functions/word-count.ts`))
  }
})

test('a schema that lets other keys through, and an application without one, take any --set', async (t) => {
  const app = (options: string) => `
import { defineApp, seconds } from 'sluice'
export default defineApp({ name: 'open', batchInterval: seconds(1)${options} }, (ssc, { in: directory, color }) => {
  ssc.queueStream([[String(color)]]).print()
})`
  const schema = `, params: { '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value: { ...value } }) } }`
  for (const options of ['', schema]) {
    const place = textPlace(t)
    const file = join(place.directory, 'open.ts')
    writeFileSync(file, app(options))
    const { code, stdout, stderr } = await sluice(t, ...runThere(file, place, '--set', 'color=red', '--batches', '1'))
    assert.equal(code, 0, stderr)
    assert.match(stdout, /^red$/m)
  }
})
