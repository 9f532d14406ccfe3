import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { PutRecordsCommand } from '@aws-sdk/client-kinesis'
import { PutObjectCommand } from '@aws-sdk/client-s3'
import {
  difference,
  type Flight,
  meanDelayLines,
  parseStates,
  parseTotals,
  type Totals,
  totalsOf,
} from './flight-figures.ts'
import { listPublished, parseS3Url, readLines } from './outputs.ts'
import { checkHandler, invokeUntilCommitted, type Scenario, until, untilTicked } from './scenario.ts'

const FLIGHTS = 3_000
/** What one PutRecords takes. */
const PUT = 500
const BATCH_MS = 2_000
/** In batches, as the application declares it. */
const WINDOW = 10

/** Records through Kinesis: batches by invocation and by schedule rule, one replayed, and every flight in the totals once. */
export async function tryFlights(scenario: Scenario, data: string): Promise<void> {
  const { ok, application } = scenario
  const flights = (JSON.parse(readFileSync(join(data, 'flights-20k.json'), 'utf8')) as Flight[]).slice(0, FLIGHTS)
  const airports = readFileSync(join(data, 'airports.csv'), 'utf8')
  const totals = `${application.params.out}/airports`

  await dropAirports(scenario, airports)
  await put(scenario, flights.slice(0, FLIGHTS / 2))
  ok(`flights: ${await invokeUntilCommitted(scenario)} batches committed by an invocation`)

  await put(scenario, flights.slice(FLIGHTS / 2))
  const expected = totalsOf(flights)
  await untilTicked(scenario, async () => countOf(await newest(scenario, totals)) >= FLIGHTS || undefined)
  requireEqualTotals(await newest(scenario, totals), expected)
  ok(`flights: ${FLIGHTS} flights from ${expected.size} airports, each counted exactly once`)

  await until('the windows with these flights are published', () => sameBatchShown(scenario))
  const windows = await checkWindows(scenario, parseStates(airports))
  ok(`flights: mean delays by state in ${windows} windows agree with the totals of their batches`)
  const [first] = await listPublished(scenario.s3, totals)
  await checkHandler(scenario, first?.batchTime ?? 0)
}

async function dropAirports({ s3, application }: Scenario, csv: string): Promise<void> {
  const { bucket, key } = parseS3Url(application.params.airports ?? '')
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key: `${key}/airports.csv`, Body: csv }))
}

async function put({ kinesis, application }: Scenario, flights: readonly Flight[]): Promise<void> {
  for (let from = 0; from < flights.length; from += PUT) {
    const Records = flights.slice(from, from + PUT).map((flight) => ({
      Data: new TextEncoder().encode(JSON.stringify(flight)),
      PartitionKey: flight.origin,
    }))
    const { FailedRecordCount } = await kinesis.send(
      new PutRecordsCommand({ StreamName: application.params.stream, Records }),
    )
    if (FailedRecordCount !== 0) throw new Error(`Kinesis refused ${FailedRecordCount} of ${Records.length} records`)
  }
}

/** The totals of the newest complete batch; none before the first. */
async function newest({ s3 }: Scenario, prefix: string): Promise<Totals> {
  const directory = (await listPublished(s3, prefix)).filter(({ complete }) => complete).at(-1)
  return directory === undefined ? new Map() : parseTotals(await readLines(s3, directory))
}

function countOf(totals: Totals): number {
  return [...totals.values()].reduce((sum, { flights }) => sum + flights, 0)
}

function requireEqualTotals(totals: Totals, expected: Totals): void {
  const wrong = [...new Set([...totals.keys(), ...expected.keys()])].filter(
    (airport) => JSON.stringify(totals.get(airport)) !== JSON.stringify(expected.get(airport)),
  )
  const [sample = ''] = wrong
  const values = `${JSON.stringify(totals.get(sample))} instead of ${JSON.stringify(expected.get(sample))}`
  if (wrong.length > 0) throw new Error(`The totals of ${wrong.length} airports are wrong: ${sample} ${values}`)
}

/**
 * Directories of one batch become visible one after the other, so the window of the batch that has read the last flight may yet be
 * to come. Later batches are no sign of it: they write totals for ever, but no delays once their windows are empty.
 */
async function sameBatchShown({ s3, application }: Scenario): Promise<true | undefined> {
  const { out } = application.params
  const [totals, delays] = await Promise.all([listPublished(s3, `${out}/airports`), listPublished(s3, `${out}/delays`)])
  for (const directory of totals.filter(({ complete }) => complete)) {
    if (countOf(parseTotals(await readLines(s3, directory))) < FLIGHTS) continue
    return delays.some(({ complete, batchTime }) => complete && batchTime === directory.batchTime) || undefined
  }
  return undefined
}

/** Recomputes each window from the totals of its batches; returns how many there were. */
async function checkWindows({ s3, application }: Scenario, states: ReadonlyMap<string, string>): Promise<number> {
  const { out } = application.params
  const batches = new Map<number, Totals>()
  let before: Totals = new Map()
  for (const directory of (await listPublished(s3, `${out}/airports`)).filter(({ complete }) => complete)) {
    const totals = parseTotals(await readLines(s3, directory))
    batches.set(directory.batchTime, difference(totals, before))
    before = totals
  }
  let windows = 0
  for (const directory of (await listPublished(s3, `${out}/delays`)).filter(({ complete }) => complete)) {
    const times = Array.from({ length: WINDOW }, (_, back) => directory.batchTime - back * BATCH_MS)
    if (!batches.has(directory.batchTime)) continue // its totals are still being published
    const expected = meanDelayLines(
      times.flatMap((time) => batches.get(time) ?? []),
      states,
    )
    const lines = await readLines(s3, directory)
    if (lines.toSorted().join() !== expected.toSorted().join()) {
      throw new Error(`Delays at ${directory.batchTime}: ${lines.join(' ')}, but should be ${expected.join(' ')}`)
    }
    windows++
  }
  if (windows === 0) throw new Error('No window of delays was published')
  return windows
}
