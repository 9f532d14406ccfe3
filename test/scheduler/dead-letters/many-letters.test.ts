import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Application, defineApp } from '../../../src/dstream/define-app.ts'
import type { GetOptions, ObjectStore } from '../../../src/ports/object-store.ts'
import { retryLetters } from '../../../src/scheduler/dead-letters/settle-letters.ts'
import { runInvocation } from '../../../src/scheduler/run-invocation.ts'
import { seconds } from '../../../src/util/time.ts'
import { UNTIL_IDLE } from '../world.ts'
import { linesOf, openLetters, worldWith } from './poisoned-world.ts'

const { signal } = new AbortController()

/** Dead letters beyond the first few that one process reads keep it until the deadline. */
function slowAfter(checkpoint: ObjectStore, few: number): ObjectStore {
  const read = new Set<string>()
  return new Proxy(checkpoint, {
    get: (target, name) => {
      if (name !== 'get') return Reflect.get(target, name).bind?.(target) ?? Reflect.get(target, name)
      return async (key: string, options?: GetOptions) => {
        if (key.includes('/dead-letters/')) read.add(key)
        for (let turns = 0; read.size > few && turns < 20; turns++) await new Promise(setImmediate)
        return target.get(key, options)
      }
    },
  })
}

/** Keeps a total of numbers, a line each, of which all are bad, or none. */
function totalling(bad: boolean): Application {
  return defineApp({ name: 'poisoned', batchInterval: seconds(1) }, (ssc) => {
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
