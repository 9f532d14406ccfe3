import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { EmbeddedCloud } from '../../src/embedded/index.ts'

/** Longer than it takes to send, one after the other, the calls that go out at once. */
const ANSWER_MS = 100

/** How many answers were waited for one after the other: the longest chain of calls of which each was sent after the one before was answered. */
export async function roundTrips(cloud: EmbeddedCloud, act: () => Promise<unknown>): Promise<number> {
  const places = new WeakMap<object, number>()
  let [sent, answered] = [0, 0]
  const onSent = (message: unknown) => {
    places.set(requestOf(message), answered + 1)
    sent = Math.max(sent, answered + 1)
  }
  const onAnswered = (message: unknown) => {
    answered = Math.max(answered, places.get(requestOf(message)) ?? 0)
  }
  for (const service of ['s3', 'kinesis', 'dynamodb'] as const)
    cloud.faults.next({ service, kind: 'delay', delayMs: ANSWER_MS, times: 1_000 })
  subscribe('http.client.request.start', onSent)
  subscribe('http.client.response.finish', onAnswered)
  try {
    await act()
    return sent
  } finally {
    unsubscribe('http.client.request.start', onSent)
    unsubscribe('http.client.response.finish', onAnswered)
    cloud.faults.clear()
  }
}

function requestOf(message: unknown): object {
  return (message as { readonly request: object }).request
}
