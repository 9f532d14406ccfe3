import type { Clock } from '../ports/clock.ts'
import type { Log, LogFields } from '../ports/log.ts'
import { safeJson } from '../util/safe-json.ts'
import { SystemClock } from './system-clock.ts'

const LEVELS = ['debug', 'info', 'warn', 'error'] as const

/** What a console log can be told. */
export interface ConsoleLogOptions {
  /** The least important level that is shown; `info` by default. */
  readonly level?: (typeof LEVELS)[number]
  readonly clock?: Clock
  /** Where lines go; standard error by default, so that standard output stays the application's. */
  readonly write?: (line: string) => void
}

/**
 * Log lines for people, on standard error: `14:03:07 warn  batch failed  batchTime=1000 message="No such stream"`.
 * Texts of several lines follow below, indented.
 *
 * @example
 * ```ts
 * const lines: string[] = []
 * const log = consoleLog({ level: 'warn', write: (line) => lines.push(line) })
 * log.info('batch-committed', { records: 5 })
 * log.warn('retrying', { inMs: 1000 })
 * lines.map((line) => line.slice(9)) // ['warn  retrying inMs=1000\n']
 * ```
 */
export function consoleLog(options: ConsoleLogOptions = {}): Log {
  const clock = options.clock ?? new SystemClock()
  const write = options.write ?? ((line) => process.stderr.write(line))
  const least = LEVELS.indexOf(options.level ?? 'info')
  const at = (level: (typeof LEVELS)[number]) => (event: string, fields?: LogFields) => {
    if (LEVELS.indexOf(level) >= least) write(formatLine(clock.now(), level, event, fields))
  }
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}

function formatLine(nowMs: number, level: string, event: string, fields: LogFields = {}): string {
  const words = [localTime(nowMs), level.padEnd(5), event]
  const below: string[] = []
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue
    if (typeof value === 'string' && value.includes('\n')) below.push(`${name}:\n${value}`.replaceAll('\n', '\n    '))
    else words.push(`${name}=${word(value)}`)
  }
  return `${[words.join(' '), ...below].join('\n  ')}\n`
}

function word(value: unknown): string {
  return typeof value === 'string' && /^[^\s"=]+$/.test(value) ? value : safeJson(value)
}

function localTime(ms: number): string {
  const time = new Date(ms)
  const parts = [time.getHours(), time.getMinutes(), time.getSeconds()]
  return parts.map((part) => String(part).padStart(2, '0')).join(':')
}
