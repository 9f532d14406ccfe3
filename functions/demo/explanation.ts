import { relative } from 'node:path'
import type { AirportTotal } from './airport-totals.ts'
import { BUCKET, DEPLOYMENT } from './cloud-resources.ts'
import type { Progress } from './progress.ts'
import { table, whole } from './table.ts'

export interface Introduced {
  readonly flights: number
  readonly speed: number
  readonly directory: string
  readonly endpoints: { readonly kinesis: string; readonly s3: string; readonly dynamodb: string }
  readonly http: { readonly url: string; readonly token: string }
  /** Batches that earlier runs committed. */
  readonly before: number
}

/** What is about to happen, where to look, and how to end it. */
export function introduction({ flights, speed, directory, endpoints, http, before }: Introduced): string {
  const { out } = DEPLOYMENT.params
  const pace = speed === 1 ? 'a day' : `${speed} days`
  const folder = relative('', directory) || '.'
  const goesOn =
    before === 0 ? [] : [['before', `${whole(before)} batches are committed; it goes on from there`] as const]
  return `${table([
    ['data', `${whole(flights)} flights of 2001 in the order of their departure, ${pace} of them in each batch`],
    ['runs', 'functions/flights.ts every 2 seconds, on the runtime and the AWS adapters that Lambda gets'],
    ...goesOn,
    ['prints', 'the five states with the longest mean delay over the last 20 seconds, in minutes'],
    ['writes', `${out}/delays-TIME.txt    mean delay by state, all of them`],
    ['', `${out}/airports-TIME.txt  running totals by airport`],
    ['cloud', `Kinesis   ${endpoints.kinesis}`, `DynamoDB  ${endpoints.dynamodb}`],
    ['', `S3        ${endpoints.s3}/${BUCKET}`],
    ['HTTP', `curl -H 'Authorization: Bearer ${http.token}' ${http.url}/batches`],
    ['', 'likewise GET /health, and POST /batches/TIME/replay, which runs a batch again and compares the bytes'],
    ['state', `${folder}/: started again, it goes on where it was, also after a kill; --fresh starts over`],
    ['stop', 'Ctrl-C'],
  ])}\n`
}

const BUSIEST = 5

/** What came out, once all is in and processed. */
export function conclusion({ total, batches }: Progress, airports: readonly AirportTotal[]): string {
  const counted = airports.reduce((sum, { flights }) => sum + flights, 0)
  const busiest = airports.toSorted((a, b) => b.flights - a.flights).slice(0, BUSIEST)
  const rows = busiest.map(({ airport, flights, delay }) => {
    const mean = (delay / flights).toFixed(1)
    return `${airport}  ${whole(flights).padStart(5)} flights, ${mean.padStart(4)} minutes late on average`
  })
  return `All data is in and processed: ${whole(total)} flights in ${whole(batches)} batches.\n\n${table([
    ['totals', `${whole(counted)} flights from ${whole(airports.length)} airports; the busiest:`, ...rows],
  ])}\nnpm start -- --fresh starts over.\n`
}

export function goodbye(progress: Progress): string {
  return `Stopped after batch ${progress.batches}: ${progress}.\nnpm start goes on from here; npm start -- --fresh starts over.\n`
}
