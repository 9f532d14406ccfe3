import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { tempDirectory } from '../contracts/temp-directory.ts'
import { readCommitted } from './committed.ts'
import { CLOCK_RATE, endsWell, startDemo } from './running-demo.ts'

/** For tests that do something meanwhile: else the data might be over first. */
const SLOWLY = ['--speed', '0.2']

test('with --batches it ends after so many more, and goes on from there', async (t) => {
  const setting = { directory: tempDirectory(t), clockRate: 5 }
  const first = await endsWell(startDemo(setting, '--batches', '3'))
  assert.deepEqual(batchNumbers(first), [1, 2, 3])
  const second = await endsWell(startDemo(setting, '--batches', '2', '--speed', '3'))
  assert.deepEqual(batchNumbers(second), [4, 5])
  const { batches } = await readCommitted(setting.directory)
  assert.ok(
    batches.length === 5 && batches.every(({ flights }) => flights.length > 0),
    `each has flights: ${batches.map(({ flights }) => flights.length)}`,
  )
  const fresh = await endsWell(startDemo(setting, '--batches', '1', '--fresh'))
  assert.deepEqual(batchNumbers(fresh), [1])
  assert.equal((await readCommitted(setting.directory)).batches.length, 1)
})

function batchNumbers(stdout: string): number[] {
  return [...stdout.matchAll(/^ {2}batch (\d+) /gm)].map((match) => Number(match[1]))
}

test('the HTTP interface tells what the terminal shows, to whoever has the token, until Ctrl-C', async (t) => {
  const demo = startDemo({ directory: tempDirectory(t), clockRate: CLOCK_RATE }, ...SLOWLY)
  t.after(() => demo.kill('SIGKILL'))
  const [, authorization = '', url = ''] = await demo.shows(/curl -H 'Authorization: (Bearer \w+)' (\S+)\/batches/)
  // Of a later batch than the second if that came before its records, or is shown with a second attempt.
  const shown = await demo.shows(
    /^ {2}batch (?!1 )\d+ +(\d+) ms\n +records +([\d,]+) .*\n +delays +scheduling (\d+) ms, processing (\d+) ms, total (\d+) ms\n/m,
  )
  const headers = { authorization }
  const health = await fetch(`${url}/health`, { headers })
  assert.equal(health.status, 200)
  assert.equal((await json(health)).healthy, true)
  assert.equal(await (await fetch(`${url}/health`)).text(), '')
  assert.equal((await fetch(`${url}/batches`)).status, 401)

  const { batches } = (await json(await fetch(`${url}/batches?limit=500`, { headers }))) as BatchList
  const [batchTime, ...numbers] = shown.slice(1).map((text) => Number(text.replaceAll(',', '')))
  const batch = batches.find((other) => other.batchTime === batchTime)
  assert.deepEqual(
    [batch?.records, batch?.schedulingDelayMs, batch?.processingDelayMs, batch?.totalDelayMs],
    numbers,
    JSON.stringify(batch),
  )
  const replayed = await json(await fetch(`${url}/batches/${batchTime}/replay`, { method: 'POST', headers }))
  assert.equal(replayed.equal, true, JSON.stringify(replayed))

  // As it comes through npm: once from the terminal, once from npm.
  demo.kill('SIGINT')
  demo.kill('SIGINT')
  assert.match(await endsWell(demo), /Stopped after batch \d+: .*\nnpm start goes on from here/)
})

interface BatchList {
  readonly batches: readonly Readonly<
    Record<'batchTime' | 'records' | 'schedulingDelayMs' | 'processingDelayMs' | 'totalDelayMs', number>
  >[]
}

async function json(response: Response): Promise<Record<string, unknown> & Partial<BatchList>> {
  return (await response.json()) as Record<string, unknown>
}

test('a second demonstration on the same state is refused, and does not harm the first', async (t) => {
  const setting = { directory: tempDirectory(t), clockRate: CLOCK_RATE }
  const first = startDemo(setting, ...SLOWLY)
  t.after(() => first.kill('SIGKILL'))
  await first.shows(/batch 1 /)
  const second = await startDemo(setting, '--fresh').ended
  assert.equal(second.code, 1)
  assert.match(second.stderr, /^another process .*stop it.*\n$/)
  first.kill('SIGTERM')
  assert.ok(batchNumbers(await endsWell(first)).length > 1)
})

function wrongUsage(t: TestContext, ...args: readonly string[]) {
  return startDemo({ directory: tempDirectory(t) }, ...args).ended
}

test('wrong usage gets one line with what to write instead, and exit code 2', async (t) => {
  const cases = [['--foo'], ['--batches', '0'], ['--batches'], ['--speed', 'fast'], ['ten'], ['--fresh=yes']]
  for (const ended of await Promise.all(cases.map((args) => wrongUsage(t, ...args)))) {
    assert.equal(ended.code, 2)
    assert.match(ended.stderr, /^[^\n]*(write: npm start|as in --)[^\n]*\n$/)
  }
})
