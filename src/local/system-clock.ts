import type { Clock } from '../ports/clock.ts'

/** Timers of Node fire at once beyond this. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

/** This machine's clock. */
export class SystemClock implements Clock {
  now(): number {
    return Date.now()
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    let left = ms
    do {
      const part = Math.min(left, LONGEST_TIMER_MS)
      await timer(part, signal)
      left -= part
    } while (left > 0 && !signal?.aborted)
  }
}

function timer(ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timeout)
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const timeout = setTimeout(done, Math.max(0, ms))
    signal?.addEventListener('abort', done)
  })
}
