import type { Clock } from '../ports/clock.ts'
import type { Log, LogFields } from '../ports/log.ts'
import { safeJson } from '../util/safe-json.ts'

export interface JsonLogOptions {
  readonly clock: Clock
  /** In every line; the application and the invocation, for example. */
  readonly fields?: LogFields
  /** Where lines go; standard output by default, which Lambda hands on to CloudWatch Logs. */
  readonly write?: (line: string) => void
}

/**
 * Log lines for programs, a JSON object each: `{"time":"…","level":"INFO","event":"batch-committed","records":12}`.
 *
 * @example
 * ```ts
 * const lines: string[] = []
 * jsonLog({ clock, write: (line) => lines.push(line) }).info('batch-committed', { records: 5 })
 * lines // ['{"time":"1970-01-01T00:00:00.000Z","level":"INFO","event":"batch-committed","records":5}\n']
 * ```
 */
export function jsonLog({ clock, fields: always = {}, write = writeOut }: JsonLogOptions): Log {
  const at =
    (level: string) =>
    (event: string, fields: LogFields = {}) => {
      const own = { time: new Date(clock.now()).toISOString(), level, event }
      write(`${safeJson({ ...own, ...always, ...fields, ...own })}\n`)
    }
  return { debug: at('DEBUG'), info: at('INFO'), warn: at('WARN'), error: at('ERROR') }
}

function writeOut(line: string): void {
  process.stdout.write(line)
}
