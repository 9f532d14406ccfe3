import { setTimeout as timer } from 'node:timers/promises'
import type { Clock } from '../ports/clock.ts'

/** The clock of the machine that a function runs on. An invocation ends within minutes, so timers need no splitting. */
export const lambdaClock: Clock = {
  now: () => Date.now(),
  async sleep(ms, signal) {
    // Rejects only when it is aborted, and then it is to end without an error.
    await timer(Math.max(0, ms), undefined, signal === undefined ? {} : { signal }).catch(() => {})
  },
}
