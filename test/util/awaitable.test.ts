import assert from 'node:assert/strict'
import { test } from 'node:test'
import { andThen, inTurn, orElse } from '../../src/util/awaitable.ts'

const refused = new Error('refused')

test('what is here goes on at once, and what is to come when it has come', async () => {
  assert.equal(
    andThen(1, (n) => n + 1),
    2,
  )
  assert.equal(await andThen(Promise.resolve(1), (n) => n + 1), 2)
})

test('a failure is handled whether it is thrown or comes as a rejection', async () => {
  const failed = (cause: unknown): string => `handled: ${String(cause)}`
  const thrown = orElse<string>(() => {
    throw refused
  }, failed)
  assert.equal(thrown, 'handled: Error: refused')
  assert.equal(await orElse<string>(() => Promise.reject(refused), failed), thrown)
  assert.equal(
    orElse(() => 'fine', failed),
    'fine',
  )
})

test('work is done in turn, the next when the one before is done', async () => {
  const done: string[] = []
  const work = (at: number): undefined | Promise<void> => {
    done.push(`begins ${at}`)
    return at === 1 ? Promise.resolve().then(() => void done.push(`ends ${at}`)) : undefined
  }
  const waiting = inTurn(3, work)
  assert.deepEqual(done, ['begins 0', 'begins 1'])
  await waiting
  assert.deepEqual(done, ['begins 0', 'begins 1', 'ends 1', 'begins 2'])
  assert.equal(
    inTurn(1, () => undefined),
    undefined,
  )
})

test('nothing is begun after a failure', async () => {
  const begun: number[] = []
  const rejecting = inTurn(3, (at) => {
    begun.push(at)
    return Promise.reject(refused)
  })
  await assert.rejects(async () => rejecting, refused)
  assert.deepEqual(begun, [0])
})
