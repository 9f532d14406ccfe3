/** Milliseconds of each unit that Spark knows in `200ms`, `30s`, `5min`. */
const UNITS: Readonly<Record<string, number>> = {
  us: 0.001,
  ms: 1,
  s: 1_000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}

/** A length of time as settings write it, in milliseconds; `undefined` for text that is none. */
export function timeTextMs(text: string, defaultUnit: 'ms' | 's'): number | undefined {
  const match = /^(-?\d+)([a-z]*)$/.exec(text.trim().toLowerCase())
  const unit = UNITS[match?.[2] || defaultUnit]
  return match === null || unit === undefined ? undefined : Math.trunc(Number(match[1]) * unit)
}
