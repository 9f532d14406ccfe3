import { type ParseArgsConfig, parseArgs } from 'node:util'

type Options = NonNullable<ParseArgsConfig['options']>
type Values<T extends Options> = ReturnType<typeof parseArgs<{ options: T }>>['values']

/** Reads the command line; wrong usage ends the process with exit code 2 and one line, `--help` with 0 and the help. */
export function readOptions<T extends Options>(options: T, help: string): Values<T> {
  try {
    const { values } = parseArgs({ options: { ...options, help: { type: 'boolean' } } })
    if (!(values as { readonly help?: boolean }).help) return values as Values<T>
    console.log(help)
    process.exit(0)
  } catch (error) {
    console.error(`${error instanceof Error ? error.message.split('\n')[0] : error} (see --help)`)
    process.exit(2)
  }
}

/** Runs the command; an error ends it with exit code 1, after its cause has been told, too. */
export async function runMain(main: () => Promise<void>): Promise<void> {
  try {
    await main()
  } catch (error) {
    process.exitCode = 1
    for (let cause: unknown = error; cause !== undefined; cause = cause instanceof Error ? cause.cause : undefined) {
      console.error(cause instanceof Error ? cause.message : cause)
    }
  }
}
