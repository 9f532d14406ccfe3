import type { Command } from 'commander'
import { skipBatch } from '../scheduler/skip.ts'
import { type CheckpointFlags, exampleOf, onCheckpoint, openCheckpoint, UNTIL_DONE } from './on-checkpoint.ts'
import { batchTime } from './settings.ts'
import { batchLine, batchText, openTerminal } from './terminal.ts'
import { UsageError } from './usage-error.ts'

export function addSkipCommand(program: Command): void {
  onCheckpoint(program.command('skip'))
    .description('Gives up a failed batch, on the record: its data is passed over, and it makes no output')
    .requiredOption('--batch <time>', 'batch time in ms of the batch that is planned', batchTime)
    .requiredOption('--reason <text>', 'why, for those who look at it later')
    .addHelpText('after', exampleOf('skip … --batch 10000 --reason "broken file"'))
    .action(skip)
}

async function skip(
  file: string,
  flags: CheckpointFlags & { readonly batch: number; readonly reason: string },
): Promise<void> {
  if (flags.reason.trim() === '') throw new UsageError('--reason says why, as in --reason "the file was cut off"')
  const terminal = openTerminal(flags.json === true)
  const runtime = await openCheckpoint(file, flags)
  const report = await skipBatch(runtime, { batchTime: flags.batch, reason: flags.reason, signal: UNTIL_DONE })
  if (terminal.json) terminal.data(batchLine(report))
  else terminal.text(`${batchText(report)}\n`)
}
