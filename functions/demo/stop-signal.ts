/** npm hands a Ctrl-C on to its child, which the terminal has told already: what comes so soon is the same one. */
const SAME_SIGNAL_MS = 500
const PARENT_EVERY_MS = 500

/**
 * Aborted when the demonstration is to stop in order: by Ctrl-C or a termination, when nobody reads its output any more, or
 * when the shell that npm started it in is gone, as that dies of a signal without handing it on. A second Ctrl-C ends the
 * process at once, as a kill does, and nothing is lost by that either.
 */
export function stopSignal(say: (text: string) => void): AbortSignal {
  const stop = new AbortController()
  let firstMs = 0
  const onSignal = () => {
    if (stop.signal.aborted) {
      if (performance.now() - firstMs > SAME_SIGNAL_MS) process.exit(130)
      return
    }
    firstMs = performance.now()
    say('Stopping after the batch under way; Ctrl-C once more stops at once.\n')
    stop.abort()
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  process.stdout.on('error', () => stop.abort())
  if (process.env.npm_lifecycle_event !== undefined) stopWithParent(stop)
  return stop.signal
}

function stopWithParent(stop: AbortController): void {
  const parent = process.ppid
  setInterval(() => {
    if (process.ppid !== parent) stop.abort()
  }, PARENT_EVERY_MS).unref()
}
