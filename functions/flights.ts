import { defineApp, seconds } from 'sluice'
import * as z from 'zod'

const params = z.object({
  /** Kinesis stream of flights as JSON: `{ date, delay, distance, origin, destination }`. */
  stream: z.string(),
  /** Directory or `s3://bucket/prefix` that `airports.csv` is dropped into. */
  airports: z.string(),
  /** Below this prefix: `delays-<batch time>.txt/` and `airports-<batch time>.txt/`. */
  out: z.string(),
})

interface Flight {
  /** Airport codes of the IATA: `SFO`. */
  readonly origin: string
  readonly destination: string
  /** Minutes behind schedule; negative when ahead. */
  readonly delay: number
}

interface Total {
  readonly flights: number
  /** Of all these flights together, in minutes. */
  readonly delay: number
}

const NONE: Total = { flights: 0, delay: 0 }

/** US flights joined with their airports: mean delay by state over a sliding window, and running totals by airport. */
export default defineApp({ name: 'flights', batchInterval: seconds(2), params }, (ssc, { stream, airports, out }) => {
  const flights = ssc
    .kinesisStream({ streamName: stream, initialPosition: 'TRIM_HORIZON', decode: ({ data }) => parseFlight(data) })
    .uid('flights')

  // A table that arrives as a file: every airport that was ever read is state, and there to be joined with in each batch.
  const stateOf = ssc
    .textFileStream(airports, { newFilesOnly: false })
    .uid('airport-files')
    .map(parseAirport)
    .filter(({ country }) => country === 'USA')
    .map(({ iata, state }) => [iata, state])
    .updateStateByKey<string>((states, known) => states.at(-1) ?? known)
    .uid('airports')

  const meanDelay = flights
    .map(({ origin, delay }) => [origin, delay])
    .join(stateOf)
    .map(([, [delay, state]]) => [state, { flights: 1, delay }])
    .reduceByKeyAndWindow(sum, seconds(20), seconds(2))
    .uid('delays')
    .mapValues(({ flights, delay }) => Number((delay / flights).toFixed(1)))
    .transform((rdd) => rdd.sortBy(([, minutes]) => minutes, false))
  meanDelay.print(5)
  meanDelay.saveAsTextFiles(`${out}/delays`, 'txt')

  const totals = flights
    .map(({ origin, delay }) => [origin, { flights: 1, delay }])
    .updateStateByKey<Total>((flown, total = NONE) => flown.reduce(sum, total))
    .uid('totals')
  totals.transform((rdd) => rdd.sortByKey()).saveAsTextFiles(`${out}/airports`, 'txt')
})

function parseFlight(data: Uint8Array): Flight {
  return JSON.parse(new TextDecoder().decode(data))
}

/** A line is `iata,name,city,state,country,latitude,longitude`; as names may hold commas, the rest is counted from the end. */
function parseAirport(line: string) {
  const fields = line.split(',')
  return { iata: fields[0] ?? '', state: fields.at(-4) ?? '', country: fields.at(-3) ?? '' }
}

function sum(a: Total, b: Total): Total {
  return { flights: a.flights + b.flights, delay: a.delay + b.delay }
}
