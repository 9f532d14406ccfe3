const SIGNALS = ['SIGINT', 'SIGTERM'] as const

/** What is done in order when this process is asked to end; then it ends as it would have. */
export class ShutdownHook {
  #remove: (() => void) | undefined

  install(shutDown: () => Promise<void>): void {
    const onSignal = (signal: NodeJS.Signals): void => {
      this.remove()
      // Whoever awaits the end of the context has a turn before the process goes.
      const end = (): void => void setImmediate(() => process.kill(process.pid, signal))
      shutDown().then(end, end)
    }
    for (const signal of SIGNALS) process.once(signal, onSignal)
    this.#remove = () => {
      for (const signal of SIGNALS) process.removeListener(signal, onSignal)
    }
  }

  remove(): void {
    this.#remove?.()
    this.#remove = undefined
  }
}
