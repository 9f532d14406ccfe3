import type { DemoOptions } from './demo.ts'
import { HELP, readCommandLine, UsageError } from './options.ts'
import { Screen } from './screen.ts'
import { stopSignal } from './stop-signal.ts'

/** Where and how it runs, as far as the command line does not say. */
export type Setting = Pick<DemoOptions, 'directory' | 'clockRate' | 'mostFlights'>

/** The command behind `npm start`. Resolves to its exit code: 0 done or stopped, 1 failed, 2 wrong usage. */
export async function runCommand(args: readonly string[], setting: Setting): Promise<number> {
  try {
    const { help, ...options } = readCommandLine(args)
    const screen = new Screen(process.stdout)
    if (help) {
      screen.print(HELP)
      return 0
    }
    screen.print('Sluice: real flights through Kinesis, S3 and DynamoDB, all of them in this process\n\n')
    const stop = stopSignal((text) => screen.print(text))
    // The AWS SDK's own switch for one warning on Node 20: that its releases of 2027 will not run there.
    process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true'
    // Loaded now, as the clients of the cloud take a while: the line above is there at once.
    const { runDemo } = await import('./demo.ts')
    await runDemo({ ...setting, ...options, screen, stop })
    return 0
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`)
    return error instanceof UsageError ? 2 : 1
  }
}
