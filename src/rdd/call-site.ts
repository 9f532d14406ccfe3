/** Where an operator was applied: `map at word-count.ts:12`. Reads the stack only when it is asked for. */
export interface CallSite {
  readonly operator: string
  toString(): string
}

type Capture = (holder: object, upTo: unknown) => void

/**
 * The place that called `method`, a façade's operator. Taking it is cheap enough for every definition: engines keep a
 * stack as raw frames until somebody looks.
 */
export function callSite(operator: string, method: unknown): CallSite {
  const holder: { stack?: string } = {}
  const capture = (Error as { captureStackTrace?: Capture }).captureStackTrace
  capture?.(holder, method)
  let text: string | undefined
  return {
    operator,
    toString() {
      text ??= describe(operator, holder.stack)
      return text
    },
  }
}

/** Of an operator that Sluice itself applies, inside another one. */
export function internalSite(operator: string): CallSite {
  return { operator, toString: () => operator }
}

function describe(operator: string, stack: string | undefined): string {
  const frame = stack?.split('\n').find((line) => /:\d+:\d+\)?$/.test(line))
  const place = frame?.match(/([^/\\(]+):(\d+):\d+\)?$/)
  return place ? `${operator} at ${place[1]?.split('?')[0]?.trim()}:${place[2]}` : operator
}
