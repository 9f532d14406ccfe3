import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createResources, STREAM } from '../../functions/demo/cloud-resources.ts'
import { type DemoCloud, openDemoCloud } from '../../functions/demo/demo-cloud.ts'
import { feed, flightsToPut } from '../../functions/demo/feeder.ts'
import { type Flight, readFlights } from '../../functions/demo/flight-data.ts'
import { recordsByShard } from '../../functions/demo/stream-records.ts'
import { tempDirectory } from '../contracts/temp-directory.ts'

/** A rule about the feeder, held on a cloud of its own. */
function rule(name: string, holds: (cloud: DemoCloud) => Promise<void>): void {
  test(name, async (t) => {
    const directory = tempDirectory(t)
    const cloud = await openDemoCloud({ directory, fresh: false, batchIntervalMs: 2_000, clockRate: 1_000 })
    try {
      await createResources(cloud.clients, Buffer.from('iata\n'))
      await holds(cloud)
    } finally {
      await cloud.close()
    }
  })
}

async function feedAll(cloud: DemoCloud, flights: readonly Flight[], signal = new AbortController().signal) {
  const where = { kinesis: cloud.clients.kinesis, stream: STREAM }
  let put = 0
  const onPut = (count: number) => {
    put += count
  }
  const missing = await flightsToPut(where, flights)
  await feed(missing, { ...where, clock: cloud.clock, speed: 100_000, signal, onPut })
  return { missing: missing.length, put }
}

async function inStream({ clients }: DemoCloud): Promise<string[]> {
  return [...(await recordsByShard(clients.kinesis, STREAM)).values()].flat().sort()
}

function texts(flights: readonly Flight[]): string[] {
  return flights.map((flight) => JSON.stringify(flight)).sort()
}

rule('the feeder puts what the stream does not hold yet, whoever put the rest and in whatever order', async (cloud) => {
  const flights = (await readFlights()).slice(0, 1_500)
  const some = flights.filter((_, index) => index % 7 === 3).toReversed()
  assert.deepEqual(await feedAll(cloud, some), { missing: some.length, put: some.length })
  assert.deepEqual(await feedAll(cloud, flights), { missing: 1_500 - some.length, put: 1_500 - some.length })
  assert.deepEqual(await inStream(cloud), texts(flights))
  assert.deepEqual(await feedAll(cloud, flights), { missing: 0, put: 0 })
})

rule('flights that are equal in every field are as many in the stream as in the data', async (cloud) => {
  const [flight] = await readFlights()
  assert.ok(flight)
  await feedAll(cloud, [flight])
  assert.deepEqual(await feedAll(cloud, [flight, flight, flight]), { missing: 2, put: 2 })
  assert.deepEqual(await inStream(cloud), texts([flight, flight, flight]))
})

rule('records that Kinesis refuses are put again, and those alone', async (cloud) => {
  const flights = (await readFlights()).slice(0, 700)
  const fails = (index: number) => index % 3 === 0
  cloud.cloud.faults.next({ service: 'kinesis', operation: 'PutRecords', kind: 'partial', times: 2, fails })
  assert.deepEqual(await feedAll(cloud, flights), { missing: 700, put: 700 })
  assert.deepEqual(await inStream(cloud), texts(flights))
  assert.equal(cloud.cloud.faults.remaining, 0)
})
