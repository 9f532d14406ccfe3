import type { Terminal } from './terminal.ts'

export interface Stopping {
  /** After the batch under way. */
  readonly stop: AbortSignal
  /** At once; the batch under way keeps its plan. */
  readonly abort: AbortSignal
  /** Gives the signals back: from here on they end the process as they do any other. */
  release(): void
}

/** User code that does not look at its signal may not end; its process can be killed at any point without harm. */
const LAST_PATIENCE_MS = 3_000

/** Ctrl-C (or a termination) stops after the batch under way; a second one at once, and the batch keeps its plan. */
export function stopOnSignals(terminal: Terminal): Stopping {
  const stop = new AbortController()
  const abort = new AbortController()
  const onSignal = () => {
    if (!stop.signal.aborted) {
      terminal.complain('stopping after the batch under way; once more to stop at once')
      return stop.abort()
    }
    terminal.complain('stopping at once; a batch under way keeps its plan')
    abort.abort(new Error('stopped by a second signal'))
    setTimeout(() => process.exit(1), LAST_PATIENCE_MS).unref()
  }
  for (const signal of SIGNALS) process.on(signal, onSignal)
  return {
    stop: AbortSignal.any([stop.signal, terminal.gone]),
    abort: abort.signal,
    release: () => {
      for (const signal of SIGNALS) process.off(signal, onSignal)
    },
  }
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const
