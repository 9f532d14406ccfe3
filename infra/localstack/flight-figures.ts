/** Flights as the stream holds them, as far as they are counted. */
export interface Flight {
  readonly origin: string
  readonly delay: number
}

export interface Total {
  readonly flights: number
  readonly delay: number
}

export type Totals = ReadonlyMap<string, Total>

export function totalsOf(flights: readonly Flight[]): Totals {
  return sumBy(flights.map(({ origin, delay }) => [origin, { flights: 1, delay }]))
}

/** Lines as `(ATL,{"flights":2,"delay":-3})`. */
export function parseTotals(lines: readonly string[]): Totals {
  return new Map(
    lines.map((line) => {
      const [, airport, total] = /^\((\w+),(\{.*\})\)$/.exec(line) ?? []
      if (airport === undefined || total === undefined) throw new Error(`Not a line of totals by airport: ${line}`)
      return [airport, JSON.parse(total) as Total]
    }),
  )
}

/** What came to the totals from one batch to the next. */
export function difference(later: Totals, earlier: Totals): Totals {
  const changes = [...later].map(([airport, { flights, delay }]): [string, Total] => {
    const before = earlier.get(airport) ?? { flights: 0, delay: 0 }
    return [airport, { flights: flights - before.flights, delay: delay - before.delay }]
  })
  return new Map(changes.filter(([, { flights }]) => flights !== 0))
}

/** The airports of the United States and their states. Only names hold commas, so these columns are counted from the end. */
export function parseStates(csv: string): ReadonlyMap<string, string> {
  const rows = csv.split('\n').map((line) => line.trimEnd().split(','))
  return new Map(rows.flatMap((row) => (row.at(-3) === 'USA' ? [[row[0] ?? '', row.at(-4) ?? '']] : [])))
}

/** The lines of mean delays by state, in any order, that a window over these batches must show. */
export function meanDelayLines(batches: readonly Totals[], states: ReadonlyMap<string, string>): string[] {
  const byState = batches.flatMap((batch) =>
    [...batch].flatMap(([airport, total]): [string, Total][] => {
      const state = states.get(airport)
      return state === undefined ? [] : [[state, total]]
    }),
  )
  return [...sumBy(byState)].map(([state, { flights, delay }]) => `(${state},${Number((delay / flights).toFixed(1))})`)
}

function sumBy(entries: readonly (readonly [string, Total])[]): Map<string, Total> {
  const sums = new Map<string, Total>()
  for (const [key, { flights, delay }] of entries) {
    const sum = sums.get(key) ?? { flights: 0, delay: 0 }
    sums.set(key, { flights: sum.flights + flights, delay: sum.delay + delay })
  }
  return sums
}
