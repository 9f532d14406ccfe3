import { setTimeout as timer } from 'node:timers/promises'
import type { Clock } from '../ports/clock.ts'

/** Timers of Node fire at once beyond this. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

/** The clock of the machine that a function runs on. */
export const lambdaClock: Clock = {
  now: () => Date.now(),
  async sleep(ms, signal) {
    for (let left = Math.max(0, ms); signal?.aborted !== true; left -= LONGEST_TIMER_MS) {
      // Rejects only when it is aborted, and then it is to end without an error.
      await timer(Math.min(left, LONGEST_TIMER_MS), undefined, signal === undefined ? {} : { signal }).catch(() => {})
      if (left <= LONGEST_TIMER_MS) return
    }
  },
}
