import type { Terminal } from './terminal.ts'

/** Ctrl-C (or a termination) stops after the batch under way; a second one at once, and the batch keeps its plan. */
export function stopOnSignals(terminal: Terminal): { readonly stop: AbortSignal; readonly abort: AbortSignal } {
  const stop = new AbortController()
  const abort = new AbortController()
  const onSignal = () => {
    if (stop.signal.aborted) return abort.abort(new Error('stopped by a second signal'))
    terminal.complain('stopping after the batch under way; once more to stop at once')
    stop.abort()
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  return { stop: stop.signal, abort: abort.signal }
}
