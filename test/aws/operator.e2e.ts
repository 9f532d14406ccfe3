import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import functionsWordCount from '../../functions/word-count.ts'
import { createBatchHandler } from '../../src/aws/index.ts'
import { createLambdaRuntime } from '../../src/aws/lambda-runtime.ts'
import { collect } from '../../src/scheduler/collect.ts'
import { jsonLines, sluice } from '../cli/sluice.ts'
import { wordCount } from './applications.ts'
import { CHECKPOINT, context, type LambdaWorld, ruleEvent, START_MS, startLambdaWorld, TABLE } from './lambda-world.ts'

const SECONDS_10 = 10_000

/** What processes started by this test find in their environment. */
function withEnvironment(t: TestContext, { cloud }: LambdaWorld): void {
  const variables = {
    AWS_ENDPOINT_URL_S3: cloud.endpoints.s3,
    AWS_ENDPOINT_URL_DYNAMODB: cloud.endpoints.dynamodb,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
  }
  const before = Object.keys(variables).map((name) => [name, process.env[name]] as const)
  Object.assign(process.env, variables)
  t.after(() => {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name]
      else process.env[name] = value
    }
  })
}

test('what a function has committed in the cloud is inspected, verified, kept and collected from the command line', async (t) => {
  const world = await startLambdaWorld()
  t.after(() => world.close())
  withEnvironment(t, world)
  const params = { in: 's3://data/in', out: 's3://data/out/words' }
  const handler = createBatchHandler(functionsWordCount, { ...world.options, params, triggerEveryMs: SECONDS_10 })
  await handler(ruleEvent(START_MS), context())
  for (let batch = 1; batch <= 3; batch++) {
    await world.put(`in/${batch}.txt`, `row ${batch}\n`)
    world.clock.set(START_MS + batch * SECONDS_10)
    await handler(ruleEvent(START_MS + batch * SECONDS_10), context())
  }
  const place = ['--checkpoint', CHECKPOINT, '--table', TABLE]
  const sets = Object.entries(params).flatMap(([key, value]) => ['--set', `${key}=${value}`])
  const operateTo = async (code: number, command: string, ...args: readonly string[]) => {
    const ended = await sluice(
      t,
      ...command.split(' '),
      'functions/word-count.ts',
      ...args,
      ...place,
      ...sets,
      '--json',
    )
    assert.equal(ended.code, code, ended.stderr)
    return jsonLines(ended)
  }
  const operate = (command: string, ...args: readonly string[]) => operateTo(0, command, ...args)
  const [newest] = await operate('batches', '--limit', '1')
  assert.ok(Number(newest?.batchTime) > START_MS, JSON.stringify(newest))
  const [inspection] = await operate('inspect', '--batch', String(newest?.batchTime))
  assert.match(JSON.stringify(inspection?.inputs), /"kind":"file"/)
  const [report] = await operate('verify')
  assert.deepEqual([report?.sound, report?.findings], [true, []])
  await operate('savepoint create', 'kept')
  assert.equal((await world.head('word-count'))?.pins.length, 1)
  assert.equal((await operate('collect'))[0]?.cutOff, false)
  assert.equal((await operate('verify'))[0]?.sound, true)
  await world.put(`out/words-${Number(newest?.batchTime) + 1}/_SUCCESS`, 'x')
  await world.put(`out/words-2-${Number(newest?.batchTime) + 1}/_SUCCESS`, 'x')
  await world.put('checkpoint/word-count/notes', 'x')
  const [strange] = await operateTo(1, 'verify')
  const findings = strange?.findings as { readonly message: string }[]
  assert.equal(findings.length, 2, JSON.stringify(findings))
  assert.match(findings[0]?.message ?? '', /output that no retained batch.*: s3:\/\/data\/out\/words-\d+1$/i)
  assert.match(findings[1]?.message ?? '', /nothing reads: 1, as s3:.*word-count\/notes$/)
})

test('garbage in a bucket is deleted through S3, a thousand objects at once', async (t) => {
  const world = await startLambdaWorld()
  t.after(() => world.close())
  const handler = createBatchHandler(wordCount, world.options)
  await handler(ruleEvent(START_MS), context())
  const dead = Array.from(
    { length: 1_200 },
    (_, i) => `i000001/t000000000000/b000000000000000000-01/output/o/part-${i}`,
  )
  for (const key of dead) await world.put(`checkpoint/${wordCount.name}/${key}`, 'x')
  const runtime = createLambdaRuntime(wordCount, world.options)
  const report = await collect(runtime, { signal: new AbortController().signal })
  assert.deepEqual([report.deleted, report.kept], [1_200, 0])
  assert.deepEqual(await world.keys(`checkpoint/${wordCount.name}/i`), [])
})
