import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Application, defineApp } from '../../src/dstream/define-app.ts'
import { manifests } from '../../src/scheduler/history.ts'
import { runInvocation } from '../../src/scheduler/run-invocation.ts'
import type { Runtime } from '../../src/scheduler/runtime.ts'
import { FAULTS, type Fault, FaultyIO } from '../../src/testing/faulty-io.ts'
import { crc32cHex } from '../../src/util/crc32c.ts'
import { Random } from '../../src/util/random.ts'
import { seconds } from '../../src/util/time.ts'
import { counting, drain, UNTIL_IDLE, World } from './world.ts'

const FILES = 8
const SEEDS = Number(process.env.SLUICE_RACE_SEEDS ?? 150)
const FROM = Number(process.env.SLUICE_RACE_FROM ?? 1)

interface Race {
  readonly world: World
  readonly outcomes: ReadonlyMap<string, number>
}

/**
 * Processes race on one application, their calls taking turns in an order that the seed decides. Every lease counts as
 * abandoned, so whoever comes takes over and everybody is fenced all the time; answers are lost, requests arrive late, and
 * processes die or stay warm. In the end somebody without faults drains what is left.
 */
async function race(seed: number, app: Application): Promise<Race> {
  const random = new Random(seed)
  const world = new World()
  await world.feed(FILES)
  const outcomes = new Map<string, number>()
  const turns = async () => {
    for (let pause = random.nextInt(6); pause > 0; pause--) await new Promise((resolve) => setImmediate(resolve))
  }
  const faultAt = (): Fault | undefined => (random.next() < 0.03 ? FAULTS[random.nextInt(FAULTS.length)] : undefined)
  const machine = async () => {
    let warm: { readonly io: FaultyIO; readonly runtime: Runtime } | undefined
    for (let invocation = 0; invocation < 5; invocation++) {
      const io: FaultyIO = warm?.io ?? new FaultyIO(faultAt, turns)
      const runtime: Runtime = warm?.runtime ?? world.process(io, app)
      const options = { ...UNTIL_IDLE, maxBatches: 1 + random.nextInt(4) }
      const end = await runInvocation(runtime, options).then(
        ({ kind }) => kind,
        () => 'died',
      )
      outcomes.set(end, (outcomes.get(end) ?? 0) + 1)
      warm = io.crashed ? undefined : { io, runtime }
      world.clock.advance(400_000)
    }
  }
  await Promise.all(Array.from({ length: 2 + (seed % 3) }, machine))
  await drain(world, [world.process(undefined, app)])
  return { world, outcomes }
}

/** Runs the check for each seed, and makes sure that the races were lost often enough to be worth something. */
async function races(app: () => Application, check: (race: Race) => Promise<void>): Promise<void> {
  const totals = new Map<string, number>()
  for (let seed = FROM; seed < FROM + SEEDS; seed++) {
    try {
      const run = await race(seed, app())
      assert.deepEqual(run.world.overwritten, [])
      await check(run)
      for (const [kind, count] of run.outcomes) totals.set(kind, (totals.get(kind) ?? 0) + count)
    } catch (error) {
      throw new Error(`seed ${seed}: SLUICE_RACE_FROM=${seed} SLUICE_RACE_SEEDS=1 repeats it`, { cause: error })
    }
  }
  for (const kind of ['fenced', 'died', 'committed']) {
    assert.ok((totals.get(kind) ?? 0) > SEEDS / 10, `${kind}: ${JSON.stringify([...totals])}`)
  }
}

test('processes that race, fence each other, lose answers and die leave the very files of an undisturbed run', async () => {
  const calm = new World()
  await calm.feed(FILES)
  await drain(calm, [calm.process()])
  const expected = await calm.outputs()
  await races(
    () => counting,
    async ({ world }) => assert.deepEqual(await world.outputs(), expected),
  )
})

test('with functions that give other bytes on every run, what is visible is one attempt of each batch, each built on the one before', async () => {
  await races(moody, async ({ world }) => {
    const head = await world.register.read('moody')
    assert.ok(head)
    const visible = await world.outputs()
    let batches = 0
    let later: Chain | undefined
    for await (const manifest of manifests(world.checkpoint, head)) {
      batches++
      const [output] = manifest.outputs
      assert.ok(output)
      const directory = `state-${manifest.attempt.batchTime}`
      const names = [...visible.keys()].filter((key) => key.startsWith(`${directory}/`)).sort()
      assert.deepEqual(names, [`${directory}/_SUCCESS`, ...output.files.map(({ name }) => `${directory}/${name}`)])
      for (const { name, crc32c } of output.files) {
        assert.equal(crc32cHex(new TextEncoder().encode(visible.get(`${directory}/${name}`))), crc32c)
      }
      const chain = chainOf(names.map((name) => visible.get(name) ?? ''))
      if (later !== undefined)
        assert.deepEqual([later.previous], [chain.value], `after batch ${manifest.attempt.batchTime}`)
      later = chain
    }
    assert.equal(batches, FILES)
    assert.equal([...visible.keys()].filter((key) => key.endsWith('/_SUCCESS')).length, FILES)
    assert.equal(later?.previous, 0)
  })
})

interface Chain {
  readonly previous: number
  readonly value: number
}

/** State that no two runs make alike, and that says what it was made from. The padding is too large to travel inline. */
function moody(): Application {
  let draws = 0
  return defineApp({ name: 'moody', batchInterval: seconds(1) }, (ssc) => {
    ssc
      .textFileStream('memory://in', { newFilesOnly: false, maxFilesPerBatch: 1 })
      .map(() => ['chain', 1])
      .updateStateByKey<Chain>((_, before) => ({ previous: before?.value ?? 0, value: ++draws }))
      .map(([, chain]) => `${JSON.stringify(chain)} ${'-'.repeat(chain.value % 2 === 0 ? 6_000 : 10)}`)
      .saveAsTextFiles('memory://out/state')
  })
}

function chainOf(texts: readonly string[]): Chain {
  const line = texts.join('').split('\n')[0] ?? ''
  return JSON.parse(line.slice(0, line.indexOf(' ')))
}
