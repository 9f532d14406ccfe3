import type { Clock } from '../ports/clock.ts'

/** What is asked for is told to stop before the server is, so that the client still gets an answer. */
export const ANSWER_MS = 2_000

/** Does work that is told by its signal when `leftMs`, less what an answer takes, are over. */
export async function inTime<T>(clock: Clock, leftMs: number, work: (late: AbortSignal) => Promise<T>): Promise<T> {
  const late = new AbortController()
  const done = new AbortController()
  if (leftMs !== Number.POSITIVE_INFINITY) {
    void clock.sleep(Math.max(0, leftMs - ANSWER_MS), done.signal).then(() => late.abort())
  }
  try {
    return await work(late.signal)
  } finally {
    done.abort()
  }
}
