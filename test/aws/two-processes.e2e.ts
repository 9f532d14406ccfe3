import assert from 'node:assert/strict'
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { openS3Storage } from '../../src/aws/s3-storage.ts'
import { openLocalStorage } from '../../src/local/stores/storage.ts'
import type { ObjectStore } from '../../src/ports/object-store.ts'
import { manifests } from '../../src/scheduler/history.ts'
import { CHECKPOINT, startLambdaWorld, TABLE } from './lambda-world.ts'
import { openRace, type Race, type RaceResult } from './racer.ts'

const FILES = 40
const BATCH_MS = 1_000
const RACER = fileURLToPath(new URL('racer.ts', import.meta.url))

test('two processes that race on one head in DynamoDB commit every batch exactly once', async (t) => {
  const world = await startLambdaWorld()
  t.after(() => world.close())
  const race: Race = {
    head: { kind: 'dynamodb', table: TABLE },
    endpoints: world.cloud.endpoints,
    checkpoint: CHECKPOINT,
    input: 's3://data/in',
    output: 's3://data/out/counts',
  }
  const storage = openS3Storage(world.clients)
  await holdRace(t, race, { input: storage.open(race.input), output: storage.open('s3://data/out') })
})

test('two processes that race on one head in files commit every batch exactly once', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-race-'))
  t.after(() => rm(directory, { recursive: true, force: true }))
  const race: Race = {
    head: { kind: 'file', directory: join(directory, 'checkpoint') },
    endpoints: {},
    checkpoint: join(directory, 'checkpoint'),
    input: join(directory, 'in'),
    output: join(directory, 'out', 'counts'),
  }
  const storage = openLocalStorage()
  await holdRace(t, race, { input: storage.open(race.input), output: storage.open(join(directory, 'out')) })
})

interface Places {
  readonly input: ObjectStore
  readonly output: ObjectStore
}

async function holdRace(t: TestContext, race: Race, { input, output }: Places): Promise<void> {
  for (let k = 1; k <= FILES; k++) await input.put(name(k), bytes(`w${k % 7} all\n`))
  const [one, other] = await runRacers(t, race, 2)
  assert.ok(one !== undefined && other !== undefined)
  t.diagnostic(
    JSON.stringify([one, other].map(({ committed, outcomes }) => ({ committed: committed.length, outcomes }))),
  )
  assert.ok(one.committed.length > 0 && other.committed.length > 0, 'both took part')

  const expected = Array.from({ length: FILES }, (_, i) => (i + 1) * BATCH_MS)
  assert.deepEqual(await committedTimes(race), expected, 'each batch is in the history, once')
  // Who is taken over before it has its answer may not know that it committed; but no two claim the same batch.
  const claimed = [...one.committed, ...other.committed]
  assert.equal(new Set(claimed).size, claimed.length)
  await checkOutputs(output)
}

/** From the history of the head, as somebody else finds it. */
async function committedTimes(race: Race): Promise<number[]> {
  const { register, checkpoint, app } = openRace(race)
  const head = await register.read(app)
  assert.ok(head)
  const times: number[] = []
  let successor: number | undefined
  for await (const { attempt, predecessor } of manifests(checkpoint, head)) {
    times.unshift(attempt.batchTime)
    if (successor !== undefined) assert.equal(successor, attempt.token)
    successor = predecessor?.token
  }
  return times
}

/** Batch k holds the counts of the first k files and nothing else: no file twice, none left out, no leftovers. */
async function checkOutputs(output: ObjectStore): Promise<void> {
  const found = new Map<string, string>()
  for await (const page of output.list('')) {
    for (const { key } of page) found.set(key, (await (await output.get(key))?.bytes().then(text)) ?? '')
  }
  const counts = new Map<string, number>()
  for (let k = 1; k <= FILES; k++) {
    for (const word of ['all', `w${k % 7}`]) counts.set(word, (counts.get(word) ?? 0) + 1)
    const directory = `counts-${k * BATCH_MS}/`
    const parts = [...found.keys()].filter((key) => key.startsWith(`${directory}part-`)).sort()
    const lines = [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([word, count]) => `(${word},${count})\n`)
    assert.equal(parts.map((key) => found.get(key)).join(''), lines.join(''), directory)
    assert.ok(found.delete(`${directory}_SUCCESS`))
    for (const part of parts) found.delete(part)
  }
  assert.deepEqual([...found.keys()], [], 'nothing else was written')
}

async function runRacers(t: TestContext, race: Race, count: number): Promise<RaceResult[]> {
  const racers = Array.from({ length: count }, () => fork(RACER, { execArgv: ['--import', 'tsx'] }))
  t.after(() => {
    for (const racer of racers) racer.kill()
  })
  // Both begin when both are ready: starting takes them longer than racing.
  await Promise.all(racers.map(answer))
  for (const racer of racers) racer.send(race)
  return (await Promise.all(racers.map(answer))) as RaceResult[]
}

/** The next message of a process; rejects when it ends without one. */
async function answer(racer: ChildProcess): Promise<unknown> {
  const ended = once(racer, 'exit').then(([code]) => {
    throw new Error(`a racing process ended with code ${code}`)
  })
  const [message] = await Promise.race([once(racer, 'message'), ended])
  ended.catch(() => {})
  return message
}

function name(k: number): string {
  return String(k).padStart(4, '0')
}

function bytes(content: string): Uint8Array {
  return new TextEncoder().encode(content)
}

function text(content: Uint8Array): string {
  return new TextDecoder().decode(content)
}
