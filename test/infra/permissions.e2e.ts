import assert from 'node:assert/strict'
import { afterEach, before, beforeEach, test } from 'node:test'
import { CreateTableCommand } from '@aws-sdk/client-dynamodb'
import { CreateBucketCommand, DeleteObjectCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3'
import flights from '../../functions/flights.ts'
import wordCount from '../../functions/word-count.ts'
import { environmentOf, type Template } from '../../infra/template.ts'
import { createBatchHandler, HEAD_TABLE } from '../../src/aws/index.ts'
import { createLambdaRuntime } from '../../src/aws/lambda-runtime.ts'
import { type Application, defineApp } from '../../src/dstream/define-app.ts'
import { createHttpApp } from '../../src/http/index.ts'
import { collect } from '../../src/scheduler/collect.ts'
import { listLetters, showLetters } from '../../src/scheduler/dead-letters/list-letters.ts'
import { dropLetters, retryLetters } from '../../src/scheduler/dead-letters/settle-letters.ts'
import { foreseeUpgrade } from '../../src/scheduler/foresee-upgrade.ts'
import { inspectBatch } from '../../src/scheduler/inspect.ts'
import { inspectState } from '../../src/scheduler/inspect-state.ts'
import { publishAgain } from '../../src/scheduler/publish-again.ts'
import { replayBatch } from '../../src/scheduler/replay.ts'
import { resetApplication } from '../../src/scheduler/reset.ts'
import { createSavepoint, deleteSavepoint } from '../../src/scheduler/savepoint.ts'
import { verifyCheckpoint } from '../../src/scheduler/verify.ts'
import { milliseconds, minutes } from '../../src/util/time.ts'
import {
  context,
  createStream,
  type LambdaWorld,
  putRecords,
  ruleEvent,
  startLambdaWorld,
} from '../aws/lambda-world.ts'
import { type Grant, grantFor, grantsOf } from './grants.ts'
import { packagedTemplate } from './packaged-template.ts'

const { signal } = new AbortController()
const TOKEN = 'correct-horse-battery-staple'

let template: Template
let world: LambdaWorld

before(async () => {
  template = await packagedTemplate('dev')
})

beforeEach(async () => {
  world = await startLambdaWorld()
  await world.clients.s3.send(new CreateBucketCommand({ Bucket: 'databucket' }))
  await world.clients.dynamodb.send(new CreateTableCommand({ ...HEAD_TABLE, TableName: 'headtable' }))
  await createStream(world.clients, 'flightstream')
})

afterEach(() => world.close())

/** Logs are Lambda's own affair; an upload is given up, and a stream's retention asked for, only after failures and outages. */
const SELDOM = new Set([
  'logs:CreateLogStream',
  'logs:PutLogEvents',
  's3:AbortMultipartUpload',
  'kinesis:DescribeStreamSummary',
])

/** What a role or policy may do, enforced on every call while somebody works `as` it. */
class Actor {
  readonly #grants: readonly Grant[]
  readonly #used = new Set<Grant>()

  constructor(id: string) {
    this.#grants = grantsOf(template, id)
    assert.ok(this.#grants.length > 0, id)
  }

  async act<T>(work: () => Promise<T>): Promise<T> {
    for (const service of ['s3', 'dynamodb', 'kinesis'] as const) {
      world.cloud.faults.next({
        service,
        kind: 'error',
        times: Number.POSITIVE_INFINITY,
        error: { status: 403, code: 'AccessDeniedException', message: 'no statement of the template allows this' },
        match: (call) => {
          const grant = grantFor(this.#grants, call)
          if (grant !== undefined) this.#used.add(grant)
          return grant === undefined
        },
      })
    }
    return work().finally(() => world.cloud.faults.clear())
  }

  /** What it may do and never did. */
  get unused(): string[] {
    const rest = this.#grants.filter((grant) => !this.#used.has(grant) && !SELDOM.has(grant.action))
    return rest.map(({ action, resource }) => `${action} ${resource}`)
  }
}

/** An application as the template deploys it, in the embedded cloud. */
function deployed(app: Application) {
  const { SLUICE_CHECKPOINT = '', SLUICE_TABLE = '', SLUICE_PARAMS = '' } = environmentOf(template, `${app.name}-batch`)
  return { ...world.options, checkpoint: SLUICE_CHECKPOINT, table: SLUICE_TABLE, params: JSON.parse(SLUICE_PARAMS) }
}

const idOf = (app: Application, end: string) =>
  `${app.name.replace(/(^|-)(\w)/g, (_, __, letter: string) => letter.toUpperCase())}${end}`

async function put(Key: string, Body: string): Promise<void> {
  await world.clients.s3.send(new PutObjectCommand({ Bucket: 'databucket', Key, Body }))
}

/** Enough that outputs and changes of state are objects of their own. */
const AIRPORTS = Array.from({ length: 1_000 }, (_, i) => `A${i}`)

/** What both applications read. */
async function feed(): Promise<void> {
  const k = world.clock.now()
  await put(`in/word-count/${k}.txt`, `${AIRPORTS.join(' ')} ${k}\n`)
  await put(`in/flights/airports/${k}.csv`, AIRPORTS.map((iata) => `${iata},name,city,CA,USA,0,0\n`).join(''))
  const flown = AIRPORTS.slice(0, 500).map((origin) => JSON.stringify({ origin, destination: 'A0', delay: k }))
  await putRecords(world.clients, 'flightstream', flown)
}

async function runBatches(app: Application, batches: number, actor: Actor): Promise<void> {
  const triggerEveryMs = app.batchInterval.milliseconds
  const handler = createBatchHandler(app, { ...deployed(app), triggerEveryMs })
  for (let batch = 0; batch < batches; batch++) {
    await feed()
    await actor.act(() => handler(ruleEvent(world.clock.now()), context()))
    world.clock.set(world.clock.now() + triggerEveryMs)
  }
}

/** A published file, and the batch that it is of. */
async function published(app: Application): Promise<{ readonly Key: string; readonly batchTime: number }> {
  const Prefix = `out/${app.name}/`
  const { Contents = [] } = await world.clients.s3.send(new ListObjectsV2Command({ Bucket: 'databucket', Prefix }))
  const [Key = ''] = Contents.flatMap(({ Key = '' }) => (/part-/.test(Key) ? [Key] : []))
  assert.notEqual(Key, '', 'nothing is published')
  return { Key, batchTime: Number(/-(\d+)(\.txt)?\//.exec(Key)?.[1]) }
}

/** Takes it away; resolves to its batch. */
async function losePublished(app: Application): Promise<number> {
  const { Key, batchTime } = await published(app)
  await world.clients.s3.send(new DeleteObjectCommand({ Bucket: 'databucket', Key }))
  return batchTime
}

for (const app of [wordCount, flights])
  test(`each role of ${app.name} may do all that is asked of it, and nothing that nobody asks`, async () => {
    const batch = new Actor(idOf(app, 'BatchRole'))
    await runBatches(app, 3, batch)
    await interruptPublish(app, batch)
    await runBatches(app, 1, batch)

    const http = new Actor(idOf(app, 'HttpRole'))
    const handler = createHttpApp({ runtime: createLambdaRuntime(app, deployed(app)), token: TOKEN })
    const ask = (path: string, body?: object) =>
      http.act(async () => {
        const answer = await handler.request(path, {
          method: body === undefined ? 'GET' : 'POST',
          headers: { authorization: `Bearer ${TOKEN}` },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        })
        const text = await answer.text()
        assert.equal(answer.status, 200, `${path} ${JSON.stringify(body)}: ${text}`)
        return JSON.parse(text) as { readonly ok?: boolean; readonly equal?: boolean }
      })
    const { batchTime } = await published(app)
    await ask('/health')
    await ask('/batches')
    assert.equal((await ask(`/batches/${batchTime}/replay`, {})).equal, true)
    assert.equal((await ask('/replay', { batch: batchTime, keep: true })).ok, true)
    assert.equal((await ask('/replay', { batch: await losePublished(app), publish: true })).ok, true)
    assert.deepEqual(http.unused, [])

    const operator = new Actor(idOf(app, 'OperatorPolicy'))
    await losePublished(app)
    await operator.act(() => operate(app, batchTime))
    assert.deepEqual(operator.unused, [])

    await runBatches({ ...app, retain: { batches: 1, most: 1, every: milliseconds(0) } }, 2, batch)
    assert.deepEqual(batch.unused, [])
  })

/** A batch is committed and not visible: the next invocation looks what of it is there. */
async function interruptPublish(app: Application, actor: Actor): Promise<void> {
  world.cloud.faults.next({
    service: 's3',
    kind: 'error',
    error: { status: 403, code: 'AccessDenied', message: 'for once' },
    match: ({ operation, subject }) => operation !== 'ListObjectsV2' && subject.startsWith('databucket/out/'),
  })
  await assert.rejects(runBatches(app, 1, actor))
}

async function operate(app: Application, batchTime: number): Promise<void> {
  const runtime = () => createLambdaRuntime(app, deployed(app))
  await inspectBatch(runtime(), { batchTime, limit: 1 })
  const { uid = '' } = runtime().graph.inputs.at(-1) ?? {}
  await inspectState(runtime(), { batchTime, operator: `source:${uid}` })
  assert.equal((await replayBatch(runtime(), batchTime, { signal })).equal, true)
  await foreseeUpgrade(runtime())
  for await (const { whole } of publishAgain(runtime(), { from: batchTime, signal })) assert.equal(whole, true)
  assert.equal((await verifyCheckpoint(runtime(), { repair: true, signal })).sound, true)
  await createSavepoint(runtime(), { name: 'kept', signal })
  await deleteSavepoint(runtime(), { name: 'kept', signal })
  await resetApplication(runtime(), { reason: 'from the start', keepPositions: true, signal })
  await collect(runtime(), { signal })
}

test('an operator of the template lists, shows, reads again and gives up dead letters, which a function has set apart', async () => {
  const url = 's3://databucket/in/word-count'
  const app = defineApp({ name: 'word-count', batchInterval: minutes(1) }, (ssc) => {
    ssc.fileStream(url, { format: 'ndjson', newFilesOnly: false, onBadRecord: { deadLetter: {} } }).print()
  })
  await runBatches(app, 2, new Actor('WordCountBatchRole'))
  const runtime = () => createLambdaRuntime(app, deployed(app))
  await new Actor('WordCountOperatorPolicy').act(async () => {
    const { open } = await listLetters(runtime(), {})
    assert.notEqual(open.length, 0)
    for await (const { payload } of showLetters(runtime(), {})) assert.equal(payload.kind, 'text')
    assert.notEqual((await retryLetters(runtime(), { signal })).settled.length, 0)
    assert.notEqual((await dropLetters(runtime(), { reason: 'no JSON', signal })).length, 0)
  })
})

test('what no statement allows is refused: a function of HTTP writes no head, and reaches no other application', async () => {
  await runBatches(wordCount, 2, new Actor('WordCountBatchRole'))
  const runtime = () => createLambdaRuntime(wordCount, deployed(wordCount))
  const refused = { code: /denied/i }
  await assert.rejects(
    new Actor('WordCountHttpRole').act(() => collect(runtime(), { signal })),
    refused,
  )
  await assert.rejects(
    new Actor('FlightsHttpRole').act(() => inspectBatch(runtime(), { batchTime: 0, limit: 1 })),
    refused,
  )
})
