import { readFile } from 'node:fs/promises'

/** One record of the stream, as the data set has it. */
export interface Flight {
  /** Local time of departure, `2001/01/31 23:59`. */
  readonly date: string
  readonly delay: number
  readonly distance: number
  readonly origin: string
  readonly destination: string
}

/** The package exports its code only; the data lies beside that. */
const PACKAGE = import.meta.resolve('vega-datasets')

/** Flights of the United States, in the order of their departure. */
export async function readFlights(): Promise<readonly Flight[]> {
  const flights = JSON.parse(await readFile(dataFile('flights-20k.json'), 'utf8')) as Flight[]
  return flights.sort((a, b) => (a.date < b.date ? -1 : Number(a.date > b.date)))
}

/** The airports of all these flights, and some more, as a table in CSV. */
export function readAirports(): Promise<Buffer> {
  return readFile(dataFile('airports.csv'))
}

/** Milliseconds since the epoch, in the time zone of none of the airports: only differences are of use. */
export function departureMs({ date }: Flight): number {
  return Date.parse(`${date.replaceAll('/', '-').replace(' ', 'T')}:00Z`)
}

const DAY = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' })

/** `31 January 2001`. */
export function departureDay(flight: Flight): string {
  return DAY.format(departureMs(flight))
}

function dataFile(name: string): URL {
  return new URL(`../data/${name}`, PACKAGE)
}
