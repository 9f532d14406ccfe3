/** The figures that the demonstration must come to, computed over the data itself by nothing but loops. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

export interface FlightRecord {
  readonly date: string
  readonly delay: number
  readonly distance: number
  readonly origin: string
  readonly destination: string
}

const data = join(dirname(createRequire(import.meta.url).resolve('vega-datasets')), '../data')

/** In the order of their departure; those of the same minute as the file has them. */
export function flightRecords(most: number): FlightRecord[] {
  const flights: FlightRecord[] = JSON.parse(readFileSync(join(data, 'flights-20k.json'), 'utf8'))
  return flights.sort((a, b) => a.date.localeCompare(b.date)).slice(0, most)
}

/** The states of the airports in the United States, from a CSV file with quoted fields. */
export function airportStates(): Map<string, string> {
  const states = new Map<string, string>()
  for (const line of readFileSync(join(data, 'airports.csv'), 'utf8').split('\n')) {
    const fields = [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map((match) => match[1] ?? match[2] ?? '')
    const [iata = '', , , state = '', country] = fields
    if (country === 'USA') states.set(iata, state)
  }
  return states
}

/** `(ATL,{"flights":2,"delay":-3})`, by airport. */
export function totalLines(flights: readonly FlightRecord[]): string[] {
  const totals: Record<string, { flights: number; delay: number }> = {}
  for (const { origin, delay } of flights) {
    totals[origin] ??= { flights: 0, delay: 0 }
    totals[origin].flights += 1
    totals[origin].delay += delay
  }
  const airports = Object.keys(totals).sort()
  return airports.map((airport) => `(${airport},${JSON.stringify(totals[airport])})`)
}

/** `(GA,12.5)`, by state. */
export function meanDelayLines(flights: readonly FlightRecord[], states: ReadonlyMap<string, string>): string[] {
  const delays: Record<string, number[]> = {}
  for (const { origin, delay } of flights) {
    const state = states.get(origin)
    if (state === undefined) continue
    delays[state] ??= []
    delays[state].push(delay)
  }
  return Object.keys(delays)
    .sort()
    .map((state) => {
      const of = delays[state] ?? []
      return `(${state},${Number((of.reduce((sum, delay) => sum + delay) / of.length).toFixed(1))})`
    })
}
