import { Command, CommanderError } from 'commander'
import { messageOf } from '../util/errors.ts'
import { addBatchCommands } from './batches-command.ts'
import { addRunCommand } from './run-command.ts'
import { UsageError } from './usage-error.ts'

/**
 * The command `sluice`. Resolves to the exit code: 0, it did what was asked; 1, it ran and something is wrong; 2, wrong usage,
 * with one line that says what to write instead.
 */
export async function main(argv: readonly string[]): Promise<number> {
  const program = new Command('sluice')
    .description('Spark Streaming’s DStream model as a serverless runtime')
    .exitOverride()
    .configureOutput({ outputError: () => {} })
  addRunCommand(program)
  addBatchCommands(program)
  for (const command of program.commands) command.exitOverride().configureOutput({ outputError: () => {} })
  try {
    await program.parseAsync(argv, { from: 'user' })
    return Number(process.exitCode ?? 0)
  } catch (error) {
    return complain(error)
  }
}

function complain(error: unknown): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0
    process.stderr.write(
      `${error.message} (sluice ${error.code === 'commander.unknownCommand' ? '' : 'COMMAND '}--help shows how)\n`,
    )
    return 2
  }
  process.stderr.write(`${error instanceof UsageError ? '' : 'error: '}${messageOf(error)}\n`)
  return error instanceof UsageError ? 2 : 1
}
