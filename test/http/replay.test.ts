import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defineApp } from '../../src/dstream/define-app.ts'
import { createHttpApp, type HttpAppOptions, type ReplayAnswer } from '../../src/http/index.ts'
import { resetApplication } from '../../src/scheduler/reset.ts'
import type { Runtime } from '../../src/scheduler/runtime.ts'
import { seconds } from '../../src/util/time.ts'
import { drain, World } from '../scheduler/world.ts'

const TOKEN = 'correct-horse-battery-staple'
const BATCHES = 6

/** Lines by batch, and what is to happen when a line is read. */
function echo(seen: (line: string) => void = () => {}) {
  return defineApp({ name: 'echo', batchInterval: seconds(1) }, (ssc) => {
    const lines = ssc.textFileStream('memory://in', { newFilesOnly: false, maxFilesPerBatch: 1 })
    lines
      .map((line) => {
        seen(line)
        return line
      })
      .saveAsTextFiles('memory://out/lines')
  })
}

async function ranWorld(batches = BATCHES): Promise<World> {
  const world = new World()
  for (let file = 0; file < batches; file++)
    await world.place('memory://in').put(`f${file}`, new TextEncoder().encode(`line ${file}\n`))
  await drain(world, [world.process(undefined, echo())])
  return world
}

interface Answer extends ReplayAnswer {
  readonly status: number
  readonly error?: { readonly code: string; readonly message: string }
}

async function ask(runtime: Runtime, body: unknown, options: Partial<HttpAppOptions> = {}): Promise<Answer> {
  const app = createHttpApp({ runtime, token: TOKEN, ...options })
  const response = await app.request('/replay', {
    method: 'POST',
    headers: { authorization: `Bearer ${TOKEN}` },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
  return { ...((await response.json()) as ReplayAnswer), status: response.status }
}

const times = ({ batches }: Pick<ReplayAnswer, 'batches'>) => batches.map(({ batchTime }) => batchTime)

test('what is to be kept lies apart from what a collection deletes in the end', async () => {
  const world = await ranWorld()
  const shadowOf = async (body: object) => {
    const { batches } = await ask(world.process(undefined, echo()), body)
    return batches.map((batch) => ('shadow' in batch ? batch.shadow.split('/shadow/')[1] : undefined))
  }
  assert.match(String(await shadowOf({ batch: 2000, keep: true })), /^kept\/[^/]+\/b0*2000$/)
  assert.match(String(await shadowOf({ batch: 2000 })), /^passing\/[^/]+\/b0*2000$/)
})

test('a batch and a range are replayed, and the answer says whether all bytes are the same', async () => {
  const world = await ranWorld()
  const one = await ask(world.process(undefined, echo()), { batch: 2000 })
  assert.deepEqual([one.status, one.ok, times(one), one.goOn], [200, true, [2000], undefined])
  const range = await ask(world.process(undefined, echo()), { from: 2000, until: 4000 })
  assert.deepEqual([range.status, range.ok, times(range)], [200, true, [2000, 3000, 4000]])
  const all = await ask(world.process(undefined, echo()), { until: 100_000 })
  assert.deepEqual([all.ok, times(all).length, all.goOn], [true, BATCHES, undefined])
})

test('what was deleted is published again from the committed bytes', async () => {
  const world = await ranWorld()
  const before = await world.outputs()
  await world.place('memory://out/lines-3000').delete(['_SUCCESS', 'part-00000'])
  const answer = await ask(world.process(undefined, echo()), { from: 1000, publish: true })
  assert.deepEqual([answer.status, answer.ok, times(answer).length], [200, true, BATCHES])
  assert.deepEqual(await world.outputs(), before)
})

test('a range that takes longer than the function has is done in parts: each answer says what to send next', async () => {
  const world = await ranWorld()
  const done: number[] = []
  let body: ReplayAnswer['goOn'] = { from: 1000, until: 5000, keep: true }
  let answers = 0
  for (; body !== undefined; answers++) {
    let timeIsOver = () => {}
    const deadline = new Promise<void>((resolve) => {
      timeIsOver = resolve
    })
    let lines = 0
    const runtime = world.process(
      undefined,
      echo(() => ++lines === 2 && timeIsOver()),
    )
    const clock = { now: () => 0, sleep: () => deadline }
    const answer: Answer = await ask({ ...runtime, clock }, body, { timeLeftMs: () => 60_000 })
    assert.deepEqual([answer.status, answer.ok], [200, true])
    for (const batch of answer.batches) assert.match('shadow' in batch ? batch.shadow : '', /\/shadow\/kept\//)
    done.push(...times(answer))
    body = answer.goOn
  }
  assert.deepEqual(done, [1000, 2000, 3000, 4000, 5000])
  assert.ok(answers > 1, `${answers} answers`)
})

test('an answer that holds as much as one may says what to send next only where there is more', async () => {
  const world = await ranWorld(101)
  const process = () => world.process(undefined, echo())
  const most = await ask(process(), { from: 1000 })
  assert.deepEqual([most.batches.length, most.goOn], [100, { from: 100_001 }])
  const rest = await ask(process(), most.goOn)
  assert.deepEqual([rest.status, times(rest), rest.goOn], [200, [101_000], undefined])
  for (const body of [{ from: 2000 }, { from: 1000, until: 100_500 }, { from: 2000, publish: true }]) {
    const whole = await ask(process(), body)
    assert.deepEqual([whole.ok, whole.batches.length, whole.goOn], [true, 100, undefined], JSON.stringify(body))
  }
})

test('when not even one batch is done in time, the answer says what to do about it', async () => {
  const world = await ranWorld()
  const answer = await ask(
    { ...world.process(undefined, echo()), clock: { now: () => 0, sleep: async () => {} } },
    { from: 2000 },
    { timeLeftMs: () => 1 },
  )
  assert.deepEqual([answer.status, answer.error?.code], [500, 'replay-too-long'])
})

test('a batch that fails ends the range: what was done before it is told, with the reason', async () => {
  const world = await ranWorld()
  await world.place('memory://in').delete(['f2'])
  const answer = await ask(world.process(undefined, echo()), { from: 1000 })
  assert.deepEqual([answer.status, answer.ok, times(answer)], [200, false, [1000, 2000]])
  assert.deepEqual(answer.failed?.code, 'source-missing')
  assert.match(answer.failed?.message ?? '', /^Batch 3000 ms cannot be replayed/)
  const alone = await ask(world.process(undefined, echo()), { batch: 3000 })
  assert.deepEqual([alone.status, alone.error?.code], [500, 'source-missing'])
})

test('what cannot be run again is 409, and the answer says from where on it can', async () => {
  const world = await ranWorld()
  const process = () => world.process(undefined, echo())
  const signal = new AbortController().signal
  await resetApplication(process(), { reason: 'anew', startMs: BATCHES * 1000, signal })
  await drain(world, [process()])
  for (const batch of [1000, BATCHES * 1000]) {
    const { status, error } = await ask(process(), { batch })
    assert.deepEqual([status, error?.code], [409, 'before-reset'])
    assert.match(error?.message ?? '', new RegExp(` the first that can is that of ${BATCHES + 1}000 ms: ${batch} ms$`))
  }
})

test('what names no batch is 400 with an example, what is not there 404', async () => {
  const world = await ranWorld()
  const wrong: readonly unknown[] = [
    '',
    'nonsense',
    '[]',
    'null',
    {},
    { publish: true },
    { batch: '1000' },
    { batch: -1 },
    { batch: 1.5 },
    { batch: 1000, from: 1000 },
    { from: null },
    { batch: 1000, publish: 1 },
    { batch: 1000, keep: 'yes' },
    { batch: 1000, publish: true, keep: true },
    { batch: 1000, force: true },
    { batch: 1000, __proto__: null, toString: 1 },
    JSON.stringify({ batch: 1000, padding: 'x'.repeat(20_000) }),
  ]
  for (const body of wrong) {
    const { status, error } = await ask(world.process(undefined, echo()), body)
    assert.deepEqual([status, error?.code], [400, 'bad-body'], JSON.stringify(body).slice(0, 100))
  }
  const missing = await ask(world.process(undefined, echo()), { batch: 1500 })
  assert.deepEqual([missing.status, missing.error?.code], [404, 'batch-not-found'])
})
