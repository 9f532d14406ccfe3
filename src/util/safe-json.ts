/** JSON of anything a log line may carry: errors as text, big integers as digits, and never an exception. */
export function safeJson(value: unknown): string {
  try {
    return JSON.stringify(value, replace) ?? 'null'
  } catch {
    return JSON.stringify(Object.prototype.toString.call(value))
  }
}

function replace(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value)
  return value instanceof Error ? (value.stack ?? String(value)) : value
}
