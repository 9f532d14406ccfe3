import { fileURLToPath } from 'node:url'
import { HELP, readCommandLine, UsageError } from './options.ts'
import { Screen } from './screen.ts'

/** Of the repository, and ignored by git. */
const DIRECTORY = fileURLToPath(new URL('../../.sluice', import.meta.url))

// The AWS SDK's own switch for one warning: that its releases of 2027 will not run on Node 20. Those installed here do.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true'

try {
  await main(process.argv.slice(2))
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`)
  process.exitCode = error instanceof UsageError ? 2 : 1
}

async function main(args: readonly string[]): Promise<void> {
  const { help, ...options } = readCommandLine(args)
  const screen = new Screen(process.stdout)
  if (help) return screen.print(HELP)
  screen.print('Sluice: real flights through Kinesis, S3 and DynamoDB, all of them in this process\n\n')
  const stop = stopOnSignals(screen)
  // Loaded now, as the clients of the cloud take a while: the line above is there at once.
  const { runDemo } = await import('./demo.ts')
  await runDemo({ ...options, directory: DIRECTORY, screen, stop })
}

/** npm hands a Ctrl-C on to its child, which the terminal has told already: what comes so soon is the same one. */
const SAME_SIGNAL_MS = 500

/** The first signal stops in order, a second one at once, which loses nothing either. */
function stopOnSignals(screen: Screen): AbortSignal {
  const stop = new AbortController()
  let firstMs = 0
  const onSignal = () => {
    if (!stop.signal.aborted) {
      firstMs = performance.now()
      screen.print('Stopping after the batch under way; Ctrl-C once more stops at once.\n')
      stop.abort()
    } else if (performance.now() - firstMs > SAME_SIGNAL_MS) process.exit(130)
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  return stop.signal
}
