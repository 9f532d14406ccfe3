import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Application, defineApp } from '../../src/dstream/define-app.ts'
import type { DStream } from '../../src/dstream/dstream.ts'
import type { State } from '../../src/dstream/state.ts'
import { StateSpec } from '../../src/dstream/state-spec.ts'
import { replayBatch, replayBatches } from '../../src/scheduler/replay.ts'
import { runInvocation } from '../../src/scheduler/run-invocation.ts'
import { skipBatch } from '../../src/scheduler/skip.ts'
import { seconds, Time } from '../../src/util/time.ts'
import { drain, UNTIL_IDLE, World } from './world.ts'

const { signal } = new AbortController()
const request = { reason: 'a line that nobody can read', signal }

interface Sessions {
  readonly app: Application
  /** Whose ends the function was told of. */
  readonly ended: string[]
  stream?: DStream<string>
}

/** A word that has not come for more than a second is told to have ended; each batch looks for such words. */
function sessions(failing?: string): Sessions {
  const ended: string[] = []
  const made: Sessions = {
    ended,
    app: defineApp({ name: 'sessions', batchInterval: seconds(1) }, (ssc) => {
      const words = ssc.textFileStream('memory://in', { newFilesOnly: false, maxFilesPerBatch: 1 }).map((line) => {
        if (line === 'poison') throw new RangeError('not this line')
        return [line, 1] as [string, number]
      })
      const follow = (word: string, _: number | undefined, state: State<number>): string => {
        if (!state.isTimingOut()) {
          state.update(1)
          return `${word} is here`
        }
        ended.push(word)
        if (word === failing) throw new RangeError(`no end for ${word}`)
        return `${word} has ended`
      }
      const stream = words.mapWithState(StateSpec.function(follow).numPartitions(1).timeout(seconds(1)))
      stream.checkpoint(seconds(1)).saveAsTextFiles('memory://out/sessions')
      made.stream = stream
    }),
  }
  return made
}

async function fed(...lines: readonly string[]): Promise<World> {
  const world = new World()
  for (const [file, line] of lines.entries())
    await world.place('memory://in').put(`f${file}.txt`, new TextEncoder().encode(`${line}\n`))
  return world
}

/** The lines of each batch that put out any. */
async function told(world: World): Promise<string[]> {
  return [...(await world.outputs())]
    .filter(([key]) => key.includes('part-'))
    .map(([key, text]) => `${key.split('/')[0]}: ${text.trim().replaceAll('\n', ', ')}`)
}

async function skipped(): Promise<World> {
  const world = await fed('row', 'boat', 'poison', 'stream')
  await assert.rejects(runInvocation(world.process(undefined, sessions().app), UNTIL_IDLE), /Batch 3000 ms failed/)
  const { app, ended } = sessions()
  await skipBatch(world.process(undefined, app), { ...request, batchTime: 3000 })
  assert.deepEqual(ended, [])
  await drain(world, [world.process(undefined, sessions().app)])
  return world
}

test('nothing times out in a skipped batch, which would tell nobody, but in the next that looks', async () => {
  assert.deepEqual(await told(await skipped()), [
    'sessions-1000: row is here',
    'sessions-2000: boat is here',
    'sessions-4000: stream is here, row has ended, boat has ended',
  ])
})

test('so it is on replay, also of a range that carries its state through the skipped batch, and for a slice', async () => {
  const world = await skipped()
  assert.ok((await replayBatch(world.process(undefined, sessions().app), 4000, { signal })).equal)
  const range = { from: 1000, until: 4000, carryState: true, signal }
  const equal: boolean[] = []
  for await (const report of replayBatches(world.process(undefined, sessions().app), range)) equal.push(report.equal)
  assert.deepEqual(equal, [true, true, true, true])

  const sliced = sessions()
  world.process(undefined, sliced.app)
  const datasets = (await sliced.stream?.slice(new Time(3000), new Time(3000))) ?? []
  assert.deepEqual(await Promise.all(datasets.map((dataset) => dataset.collect())), [[]])
  assert.deepEqual(sliced.ended, [])
})

test('a batch that fails at what times out in it can be given up, and blocks nobody before other code runs', async () => {
  const world = await fed('row', 'boat', 'stream', 'merrily')
  await assert.rejects(
    runInvocation(world.process(undefined, sessions('row').app), UNTIL_IDLE),
    /Batch 3000 ms failed.*no end for row/,
  )
  const report = await skipBatch(world.process(undefined, sessions('row').app), { ...request, batchTime: 3000 })
  assert.deepEqual(report.skipped, { reason: request.reason })
  await drain(world, [world.process(undefined, sessions().app)])
  assert.equal((await told(world)).at(-1), 'sessions-4000: merrily is here, row has ended, boat has ended')
})
