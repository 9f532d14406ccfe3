import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Application, defineApp } from '../../../src/dstream/define-app.ts'
import type { GetOptions, ObjectStore } from '../../../src/ports/object-store.ts'
import { collect } from '../../../src/scheduler/collect.ts'
import { listLetters, showLetters } from '../../../src/scheduler/dead-letters/list-letters.ts'
import { dropLetters, retryLetters } from '../../../src/scheduler/dead-letters/settle-letters.ts'
import { runInvocation } from '../../../src/scheduler/run-invocation.ts'
import type { Runtime } from '../../../src/scheduler/runtime.ts'
import { seconds } from '../../../src/util/time.ts'
import { UNTIL_IDLE, type World } from '../world.ts'
import { linesOf, openLetters, put, worldWith } from './poisoned-world.ts'

const { signal } = new AbortController()

/** A store that does something before it reads dead letters. */
function beforeLetters(checkpoint: ObjectStore, act: (key: string) => Promise<void>): ObjectStore {
  return new Proxy(checkpoint, {
    get: (target, name) => {
      if (name !== 'get') return Reflect.get(target, name).bind?.(target) ?? Reflect.get(target, name)
      return async (key: string, options?: GetOptions) => {
        if (key.includes('/dead-letters/')) await act(key)
        return target.get(key, options)
      }
    },
  })
}

/** Dead letters beyond the first few that one process reads keep it until the deadline. */
function slowAfter(checkpoint: ObjectStore, few: number): ObjectStore {
  const read = new Set<string>()
  return beforeLetters(checkpoint, async (key) => {
    read.add(key)
    for (let turns = 0; read.size > few && turns < 20; turns++) await new Promise(setImmediate)
  })
}

/** Keeps a total of numbers, a line each, of which all are bad, or none. */
function totalling(bad: boolean): Application {
  const retain = { batches: 2, most: 2, every: seconds(1) }
  return defineApp({ name: 'poisoned', batchInterval: seconds(1), retain }, (ssc) => {
    const options = { newFilesOnly: false, maxFilesPerBatch: 1, onBadRecord: { deadLetter: {} } }
    const numbers = ssc.textFileStream('memory://in', options).map((line): [string, number] => {
      if (bad) throw new RangeError(`cannot read ${line}`)
      return ['sum', Number(line)]
    })
    const add = (values: readonly number[], sum = 0) => values.reduce((a, b) => a + b, sum)
    numbers.updateStateByKey<number>(add).saveAsTextFiles('memory://out/total')
  })
}

test('letters that make their batch miss its deadline are read again a few at a time, each once', async () => {
  const numbers = Array.from({ length: 40 }, (_, i) => `${i + 1}`)
  const files = numbers.map((number, i) => [`f${String(i).padStart(2, '0')}`, `${number}\n`] as const)
  const world = await worldWith(Object.fromEntries(files))
  await runInvocation(world.process(undefined, totalling(true)), UNTIL_IDLE)
  await retryLetters(world.process(undefined, totalling(false)), { signal })
  for (let tries = 0; (await openLetters(world)).length > 0; tries++) {
    assert.ok(tries < 50, `${(await openLetters(world)).length} letters are still open`)
    const runtime = world.process(undefined, totalling(false))
    const deadlineMs = world.clock.now() + 60_000
    const checkpoint = slowAfter(runtime.checkpoint, 20)
    await runInvocation({ ...runtime, checkpoint }, { ...UNTIL_IDLE, deadlineMs, maxBatches: 1 }).catch(() => {})
    world.clock.advance(400_000)
  }
  const totals = Object.values(await linesOf(world, 'total')).flat()
  assert.ok(totals.length > 2, `${totals}`)
  assert.equal(totals.at(-1), '(sum,820)')
})

test('letters that are settled and collected while others are read are left out, and not told to be damaged', async () => {
  const letters = async (world: World, act: (runtime: Runtime) => Promise<unknown>) => {
    let settled = false
    const runtime = world.process(undefined, totalling(false))
    const checkpoint = beforeLetters(runtime.checkpoint, async () => {
      if (settled) return
      settled = true
      await dropLetters(world.process(undefined, totalling(false)), { batchTime: 2000, reason: 'test', signal })
      await collect(world.process(undefined, totalling(false)), { signal })
    })
    return act({ ...runtime, checkpoint })
  }
  const poisoned = async () => {
    const world = await worldWith({ a: '1\n', b: '2\n', c: '3\n' })
    await runInvocation(world.process(undefined, totalling(true)), UNTIL_IDLE)
    for (const name of ['d', 'e', 'f', 'g']) await put(world, name, '4\n')
    await runInvocation(world.process(undefined, totalling(false)), UNTIL_IDLE)
    return world
  }
  const listed = async (runtime: Runtime) => (await listLetters(runtime)).open.map(({ batchTime }) => batchTime)
  assert.deepEqual(await letters(await poisoned(), listed), [1000, 3000])
  const shown = async (runtime: Runtime) => {
    const times: number[] = []
    for await (const { batchTime } of showLetters(runtime)) times.push(batchTime)
    return times
  }
  assert.deepEqual(await letters(await poisoned(), shown), [1000, 3000])
})
