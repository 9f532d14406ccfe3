/** Structured log lines: an event name and fields. Values must survive JSON; errors go in as text. */
export interface Log {
  debug(event: string, fields?: LogFields): void
  info(event: string, fields?: LogFields): void
  warn(event: string, fields?: LogFields): void
  error(event: string, fields?: LogFields): void
}

/** The values of an event by their names. */
export type LogFields = Readonly<Record<string, unknown>>
