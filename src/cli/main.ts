import { readFileSync } from 'node:fs'
import { Command, CommanderError } from 'commander'
import { messageOf, SluiceError } from '../util/errors.ts'
import { addBatchesCommand } from './batches-command.ts'
import { addCollectCommand } from './collect-command.ts'
import { addDeadLettersCommand } from './dead-letters-command.ts'
import { addInspectCommand } from './inspect-command.ts'
import { addReplayCommand } from './replay-command.ts'
import { addResetCommand } from './reset-command.ts'
import { addRunCommand } from './run-command.ts'
import { addSavepointCommand } from './savepoint-command.ts'
import { addSkipCommand } from './skip-command.ts'
import { addUpgradeCommand } from './upgrade-command.ts'
import { UsageError } from './usage-error.ts'
import { addVerifyCommand } from './verify-command.ts'

const EXAMPLE = 'sluice run functions/word-count.ts --set in=./texts --set out=./counts/words --until-idle'

/**
 * The command `sluice`. Resolves to the exit code: 0, it did what was asked; 1, it ran and something is wrong; 2, wrong usage,
 * with one line that says what to write instead.
 */
export async function main(argv: readonly string[]): Promise<number> {
  const program = new Command('sluice')
    .description('Spark Streaming’s DStream model as a serverless runtime')
    .version(version(), '--version', 'prints the version')
    .addHelpText('after', `\nExample:\n  ${EXAMPLE}\n\nsluice COMMAND --help tells more about each.`)
  addRunCommand(program)
  addBatchesCommand(program)
  addSkipCommand(program)
  addReplayCommand(program)
  addSavepointCommand(program)
  addCollectCommand(program)
  addResetCommand(program)
  addVerifyCommand(program)
  addInspectCommand(program)
  addDeadLettersCommand(program)
  addUpgradeCommand(program)
  for (const command of commandsBelow(program)) command.exitOverride().configureOutput(ERRORS_IN_ONE_LINE)
  if (argv.length === 0) return misused(`Name a command, as in ${EXAMPLE} (sluice --help lists them)`)
  try {
    await program.parseAsync(argv, { from: 'user' })
    return Number(process.exitCode ?? 0)
  } catch (error) {
    return complain(error, { verbose: argv.includes('--verbose') })
  }
}

/** Commander's own texts: that of an error is written below, and help goes to stderr only where none was asked for. */
const ERRORS_IN_ONE_LINE = { outputError: () => {}, writeErr: () => {} }

function commandsBelow(command: Command): Command[] {
  return [command, ...command.commands.flatMap(commandsBelow)]
}

function complain(error: unknown, { verbose }: { readonly verbose: boolean }): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : misused(commanderLine(error))
  if (error instanceof UsageError) return misused(error.message)
  if (error instanceof SluiceError && error.code === 'bad-params') {
    return misused(`${error.message}; give them as --set name=value`)
  }
  process.stderr.write(`error: ${messageOf(error)}\n`)
  if (verbose) process.stderr.write(`${stackOf(root(error))}\n`)
  return 1
}

function misused(line: string): number {
  process.stderr.write(`${line}\n`)
  return 2
}

function commanderLine({ code, message }: CommanderError): string {
  if (code === 'commander.help')
    return 'Name a command and what it is to do, as in sluice savepoint list … (sluice --help shows how)'
  const help = code === 'commander.unknownCommand' ? 'sluice --help' : 'sluice COMMAND --help'
  return `${message.replaceAll('\n', ' ')} (${help} shows how)`
}

/** What threw first. */
function root(error: unknown): unknown {
  return error instanceof Error && error.cause !== undefined ? root(error.cause) : error
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

function version(): string {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
  return version
}
