import type { Command } from 'commander'
import { collect } from '../scheduler/collect.ts'
import { type CheckpointFlags, exampleOf, onCheckpoint, openCheckpoint, UNTIL_DONE } from './on-checkpoint.ts'
import { counted, openTerminal } from './terminal.ts'

const NOTES = `
Runs collect by themselves, once an hour of batches. What is retained is said by the application (retain of defineApp): by
default the batches of the last 24 hours, at least 100, at most 1,440. Final outputs are never touched. A batch that is
under way is run again.`

export function addCollectCommand(program: Command): void {
  onCheckpoint(program.command('collect'))
    .description('Deletes what no retained batch, savepoint or unpublished output needs any more')
    .addHelpText('after', `${exampleOf('collect')}\n${NOTES}`)
    .action(async (file: string, flags: CheckpointFlags) => {
      const terminal = openTerminal(flags.json === true)
      const report = await collect(await openCheckpoint(file, flags), { signal: UNTIL_DONE })
      const { deleted, deletedBytes, kept } = report
      if (terminal.json) terminal.data(report)
      else terminal.text(`${counted(deleted, 'object')} deleted, ${deletedBytes} bytes; ${kept} kept\n`)
    })
}
