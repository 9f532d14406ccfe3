import { type KinesisClient, PutRecordsCommand } from '@aws-sdk/client-kinesis'
import type { Clock } from '../../src/ports/clock.ts'
import { departureMs, type Flight } from './flight-data.ts'
import { recordsByShard } from './stream-records.ts'

export interface Feeding {
  readonly kinesis: KinesisClient
  readonly stream: string
  readonly clock: Clock
  /** How much faster than they were flown the flights are put. */
  readonly speed: number
  readonly signal: AbortSignal
  /** Told after each call, with the last flight put. */
  readonly onPut: (count: number, last: Flight) => void
}

const PUT_EVERY_MS = 200
/** What one PutRecords takes. */
const MOST_RECORDS = 500
const REFUSED_PAUSE_MS = 500

/**
 * The flights that are not in the stream yet. Nothing else remembers what was put: the process may be killed between a put
 * and remembering it, and the stream itself cannot be wrong.
 */
export async function flightsToPut(
  { kinesis, stream }: Pick<Feeding, 'kinesis' | 'stream'>,
  flights: readonly Flight[],
): Promise<readonly Flight[]> {
  const there = new Map<string, number>()
  for (const record of [...(await recordsByShard(kinesis, stream)).values()].flat()) {
    there.set(record, (there.get(record) ?? 0) + 1)
  }
  return flights.filter((flight) => {
    const record = JSON.stringify(flight)
    const count = there.get(record) ?? 0
    there.set(record, count - 1)
    return count <= 0
  })
}

/** Puts flights, which are in the order of their departure, into the stream as their time comes; from the first one on. */
export async function feed(flights: readonly Flight[], feeding: Feeding): Promise<void> {
  const [first] = flights
  if (first === undefined) return
  const { clock, signal, speed } = feeding
  const beganMs = clock.now()
  let put = 0
  while (put < flights.length && !signal.aborted) {
    const nowMs = departureMs(first) + (clock.now() - beganMs) * speed
    const due = flights.slice(put, put + MOST_RECORDS).filter((flight) => departureMs(flight) <= nowMs)
    await putRecords(due, feeding)
    put += due.length
    if (due.length < MOST_RECORDS) await clock.sleep(PUT_EVERY_MS, signal)
  }
}

async function putRecords(flights: readonly Flight[], feeding: Feeding): Promise<void> {
  const last = flights.at(-1)
  if (last === undefined) return
  const { kinesis, stream, clock, signal, onPut } = feeding
  const Records = flights.map((flight) => ({
    Data: new TextEncoder().encode(JSON.stringify(flight)),
    PartitionKey: flight.origin,
  }))
  const { Records: answers = [] } = await kinesis.send(new PutRecordsCommand({ StreamName: stream, Records }))
  const refused = flights.filter((_, index) => answers[index]?.ErrorCode !== undefined)
  onPut(flights.length - refused.length, last)
  if (refused.length === 0 || signal.aborted) return
  await clock.sleep(REFUSED_PAUSE_MS, signal)
  await putRecords(refused, feeding)
}
