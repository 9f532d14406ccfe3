import { defineApp, seconds } from 'sluice'
import { z } from 'zod'

const params = z.object({
  /** Kinesis stream of flights as JSON: `{ date, delay, distance, origin, destination }`. */
  stream: z.string(),
  /** Directory or `s3://bucket/prefix` that `airports.csv` is dropped into. */
  airports: z.string(),
  /** Below this prefix: `delays-<batch time>/` and `airports-<batch time>/`. */
  out: z.string(),
})

interface Flight {
  /** Local time of departure, `2001/01/31 23:59`. */
  readonly date: string
  /** Minutes behind schedule; negative when ahead. */
  readonly delay: number
  readonly origin: string
  readonly destination: string
}

/** US flights joined with their airports: mean delay by state over a sliding window, and running totals by airport. */
export default defineApp({ name: 'flights', batchInterval: seconds(2), params }, (ssc, { stream, airports, out }) => {
  const flights = ssc.kinesisStream({
    streamName: stream,
    initialPosition: 'TRIM_HORIZON',
    decode: ({ data }): Flight => JSON.parse(new TextDecoder().decode(data)),
  })

  // A table that arrives as a file: every airport that was ever read is state, and there to be joined with in each batch.
  const stateOf = ssc
    .textFileStream(airports, { newFilesOnly: false })
    .map((line) => line.split(','))
    .filter(([iata, , , , country]) => iata !== 'iata' && country === 'USA')
    .map(([iata = '', , , state = '']) => [iata, state])
    .updateStateByKey<string>((states, known) => states.at(-1) ?? known)
    .uid('airports')

  const meanDelay = flights
    .map((flight) => [flight.origin, flight.delay])
    .join(stateOf)
    .map(([, [delay, state]]) => [state, { flights: 1, delay }])
    .reduceByKeyAndWindow(sum, seconds(20), seconds(2))
    .mapValues(({ flights, delay }) => Number((delay / flights).toFixed(1)))
    .transform((rdd) => rdd.sortBy(([, minutes]) => -minutes))
  meanDelay.print(5)
  meanDelay.saveAsTextFiles(`${out}/delays`, 'txt')

  const totals = flights
    .map((flight) => [flight.origin, { flights: 1, delay: flight.delay }])
    .reduceByKey(sum)
    .updateStateByKey<Total>((batch, total) => [...batch, ...(total === undefined ? [] : [total])].reduce(sum))
    .uid('totals')
  totals.transform((rdd) => rdd.sortByKey()).saveAsTextFiles(`${out}/airports`, 'txt')
})

interface Total {
  readonly flights: number
  readonly delay: number
}

function sum(a: Total, b: Total): Total {
  return { flights: a.flights + b.flights, delay: a.delay + b.delay }
}
