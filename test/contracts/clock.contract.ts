import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Clock } from '../../src/ports/clock.ts'

const HOUR_MS = 3_600_000

/** What every clock must do. A clock that is moved by hand brings `advance`. */
export function clockContract(
  name: string,
  make: () => { readonly clock: Clock; readonly advance?: (ms: number) => unknown },
): void {
  describe(`${name} keeps the clock's contract`, () => {
    test('now is a whole number of milliseconds', () => {
      assert.ok(Number.isSafeInteger(make().clock.now()))
    })
    test('a sleep ends when that much time has passed on this clock', async () => {
      const { clock, advance } = make()
      const start = clock.now()
      const slept = clock.sleep(25)
      await advance?.(25)
      await slept
      // Timers and the time of day are rounded apart.
      assert.ok(clock.now() - start >= 24, `woke after ${clock.now() - start} ms`)
    })
    test('no time, or less, is over at once', async () => {
      const { clock } = make()
      await clock.sleep(0)
      await clock.sleep(-5)
    })
    test('an aborted signal ends a sleep at once, without an error', async () => {
      await make().clock.sleep(HOUR_MS, AbortSignal.abort())
    })
    test('aborting during a sleep ends it, also one longer than a timer can be', async () => {
      const { clock } = make()
      const abort = new AbortController()
      const slept = [clock.sleep(HOUR_MS, abort.signal), clock.sleep(2 ** 33, abort.signal)]
      let awake = 0
      for (const each of slept) each.then(() => awake++)
      await new Promise((resolve) => setTimeout(resolve, 10))
      assert.equal(awake, 0)
      abort.abort(new Error('stop'))
      await Promise.all(slept)
    })
  })
}
